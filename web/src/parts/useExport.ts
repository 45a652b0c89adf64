/** Runs an export of the page that is shown, from the menu or the palette. */
import { useLive } from '../data/context.tsx'
import { saveFigures, savePicture } from '../data/export.ts'
import { useNavigation } from '../data/navigation.tsx'
import { usePictures } from '../data/pictures.tsx'
import { usePalette } from '../data/theme.ts'
import { type ExportKind, isExportable } from '../model/export.ts'

const PICTURES = { 'map-png': 'map', 'map-svg': 'map', 'history-png': 'history' } as const

export const useExport = (): {
  readonly run: (kind: ExportKind) => void
  /** Asked when it is about to be done: pictures come and go with the view. */
  readonly possible: (kind: ExportKind) => boolean
} => {
  const { route } = useNavigation()
  const { tick } = useLive()
  const pictures = usePictures()
  const palette = usePalette()
  return {
    possible: kind =>
      tick !== undefined &&
      (kind === 'csv' || kind === 'json'
        ? isExportable(route.page)
        : pictures.find(PICTURES[kind]) !== undefined),
    run: kind => {
      if (tick === undefined) return
      if (kind === 'csv' || kind === 'json') {
        void saveFigures(kind, route.page, tick)
        return
      }
      const picture = pictures.find(PICTURES[kind])
      if (picture !== undefined)
        savePicture(kind === 'map-svg' ? 'svg' : 'png', picture, route.page, tick.at, palette)
    },
  }
}
