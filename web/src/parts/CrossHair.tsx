/** Two lines through the point under the pointer. Moved by hand and by transform alone, for the tooltip's reasons. */
import { type Ref, useImperativeHandle, useRef } from 'react'

export interface CrossHairHandle {
  /** CSS pixels within the picture. */
  readonly show: (across: number, down: number) => void
  readonly hide: () => void
}

export const CrossHair = ({
  ref,
  left,
  top,
  width,
  height,
}: {
  ref: Ref<CrossHairHandle>
  /** Of the picture, within the frame around it. */
  left: number
  top: number
  width: number
  height: number
}) => {
  const upright = useRef<HTMLElement>(null)
  const level = useRef<HTMLElement>(null)
  useImperativeHandle(ref, () => {
    const setHidden = (hidden: boolean): void => {
      for (const { current } of [upright, level]) if (current !== null) current.hidden = hidden
    }
    return {
      show: (across, down) => {
        if (upright.current !== null) upright.current.style.transform = `translateX(${across}px)`
        if (level.current !== null) level.current.style.transform = `translateY(${down}px)`
        setHidden(false)
      },
      hide: () => setHidden(true),
    }
  }, [])
  return (
    <>
      <i className="cross" ref={upright} hidden style={{ left, top, height }} />
      <i className="cross" ref={level} hidden style={{ left, top, width }} />
    </>
  )
}
