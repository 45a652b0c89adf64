/** The pictures on the page that can be saved: each registers itself while it is shown, and the export asks for it. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from 'react'

export interface Picture {
  /** What it shows: a title over the saved picture. */
  readonly title: string
  readonly canvas: () => HTMLCanvasElement | null
  /** Where it can be drawn as shapes. */
  readonly svg?: () => string
}

/** "map" is the heat map, "history" the raster. */
export type PictureName = 'map' | 'history'

interface Pictures {
  readonly register: (name: PictureName, picture: () => Picture) => () => void
  readonly find: (name: PictureName) => Picture | undefined
}

const PicturesContext = createContext<Pictures | undefined>(undefined)

export const PicturesProvider = ({ children }: { children: ReactNode }) => {
  const pictures = useMemo((): Pictures => {
    const shown = new Map<PictureName, () => Picture>()
    return {
      register: (name, picture) => {
        shown.set(name, picture)
        return () => {
          if (shown.get(name) === picture) shown.delete(name)
        }
      },
      find: name => shown.get(name)?.(),
    }
  }, [])
  return <PicturesContext.Provider value={pictures}>{children}</PicturesContext.Provider>
}

export const usePictures = (): Pictures => {
  const pictures = useContext(PicturesContext)
  if (pictures === undefined) throw new Error('usePictures outside of PicturesProvider')
  return pictures
}

/** Makes a picture available under the name while the component is shown. */
export const usePicture = (name: PictureName, picture: Picture): void => {
  const { register } = usePictures()
  const latest = useRef(picture)
  latest.current = picture
  useEffect(() => register(name, () => latest.current), [register, name])
}
