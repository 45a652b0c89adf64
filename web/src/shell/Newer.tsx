/**
 * The server came back in another version than the one this page was loaded from. Figures go on as they are; what is
 * new in the page comes with loading it, and when is the reader's choice.
 */
import { useRef } from 'react'
import { useLive } from '../data/context.tsx'
import { Icon } from '../parts/Icon.tsx'

export const Newer = () => {
  const { tick } = useLive()
  const loaded = useRef<string>(undefined)
  const version = tick?.health.version
  loaded.current ??= version
  if (version === loaded.current) return null
  return (
    <section className="panel newer" aria-label="Version">
      <Icon name="info" className="info" />
      <p>
        Lanekeeper is now version <b>{version}</b>; this page was loaded from {loaded.current}.
      </p>
      <button type="button" className="btn" onClick={() => location.reload()}>
        Load it anew
      </button>
    </section>
  )
}
