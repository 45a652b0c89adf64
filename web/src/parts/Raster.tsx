/** What happened: time across, partition down, with events above and the hottest named in the margin. */
import { type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { History } from '../../../src/api/contract.ts'
import { usePicture } from '../data/pictures.tsx'
import { usePalette } from '../data/theme.ts'
import { sizeCanvas } from '../draw/canvas.ts'
import { paintRaster } from '../draw/raster.ts'
import { paintRasterFrame, RASTER_BOTTOM, RASTER_LEFT, RASTER_TOP } from '../draw/raster-frame.ts'
import { rasterOutliers, rasterReference } from '../model/history.ts'
import { axisTime } from '../model/time-range.ts'
import { counted, times } from '../model/text.ts'
import { rasterLevels } from '../model/raster-levels.ts'
import { describePlace, placeIn } from '../model/raster-place.ts'
import { CrossHair, type CrossHairHandle } from './CrossHair.tsx'
import { Scrubber } from './Scrubber.tsx'
import { Tooltip, type TooltipHandle, type TooltipPlace } from './Tooltip.tsx'
import { PHONE_WIDTH, useFontsReady, useWidth, useWindowWidth } from './hooks.ts'
import { usePerFrame } from './usePerFrame.ts'

const RIGHT = 56
const RIGHT_PHONE = 8
/** Of the width; less is a click that slipped. */
const DRAG_MIN = 0.005

export const Raster = ({
  history,
  partitions,
  height,
  outlierShare,
  onPick,
  scrubbed,
  onScrub,
}: {
  history: History
  partitions: number
  height: number
  /** From this share of the ordinary on, a partition is named. */
  outlierShare: number
  /** A part of the time was dragged over, as shares of the picture's width. */
  onPick?: (from: number, to: number) => void
  /** Step that a map beside it shows; undefined: now. */
  scrubbed?: number | undefined
  /** Without it there is nothing to scrub. */
  onScrub?: (step: number | undefined) => void
}) => {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = useWidth(frame)
  const phone = useWindowWidth() < PHONE_WIDTH
  const palette = usePalette()
  const fontsReady = useFontsReady()
  const reference = useMemo(() => rasterReference(history), [history])
  const levels = useMemo(
    () => rasterLevels(history, reference, Math.round(height * (devicePixelRatio || 1))),
    [history, reference, height],
  )
  const outliers = useMemo(
    () => rasterOutliers(history, reference, outlierShare, 6),
    [history, reference, outlierShare],
  )
  const right = phone ? RIGHT_PHONE : RIGHT

  useLayoutEffect(() => {
    const context =
      canvas.current === null
        ? undefined
        : sizeCanvas(canvas.current, width, height + RASTER_TOP + RASTER_BOTTOM)
    if (context === undefined || width === 0) return
    context.clearRect(0, 0, width, height + RASTER_TOP + RASTER_BOTTOM)
    const ratio = devicePixelRatio || 1
    const inner = Math.floor(width - RASTER_LEFT - right)
    const image = new ImageData(
      Math.max(1, Math.round(inner * ratio)),
      Math.max(1, Math.round(height * ratio)),
    )
    if (levels !== undefined) {
      paintRaster(image, levels, palette)
      context.putImageData(image, RASTER_LEFT * ratio, RASTER_TOP * ratio)
    }
    paintRasterFrame(
      context,
      { history, partitions, outliers: phone ? [] : outliers, width: inner, height },
      palette,
    )
  }, [history, levels, outliers, partitions, width, height, right, phone, palette, fontsReady])

  const [drag, setDrag] = useState<readonly [from: number, to: number]>()
  const cross = useRef<CrossHairHandle>(null)
  const tooltip = useRef<TooltipHandle>(null)
  usePicture('history', {
    title: `${history.topic}, records a second, ${history.at[0]?.slice(0, 16) ?? ''} to ${history.at.at(-1)?.slice(0, 16) ?? ''} UTC`,
    canvas: () => canvas.current,
  })
  const inner = width - RASTER_LEFT - right
  const pointed = useRef<TooltipPlace>(undefined)
  const pointing = usePerFrame(() => {
    const at = pointed.current
    const box = canvas.current?.getBoundingClientRect()
    const place =
      at === undefined || box === undefined
        ? undefined
        : placeIn(history, {
            across: (at.x - box.left - RASTER_LEFT) / inner,
            down: (at.y - box.top - RASTER_TOP) / height,
          })
    if (at === undefined || place === undefined) {
      cross.current?.hide()
      tooltip.current?.hide()
      return
    }
    cross.current?.show(place.across * inner, place.down * height)
    tooltip.current?.show(describePlace(history, place, reference), at)
  })
  // under a pointer that rests the picture moves on
  useEffect(() => pointing.ask(), [pointing, history, reference, inner, height])
  const point = (event: PointerEvent): void => {
    pointed.current = { x: event.clientX, y: event.clientY }
    pointing.ask()
  }
  const leave = (): void => {
    pointed.current = undefined
    pointing.ask()
  }
  const placeOf = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - box.left - RASTER_LEFT) / (width - RASTER_LEFT - right)))
  }
  const pointer =
    onPick === undefined
      ? { onPointerMove: point, onPointerLeave: leave }
      : {
          onPointerLeave: leave,
          onPointerDown: (event: PointerEvent) => {
            // with a finger a drag scrolls the page
            if (event.pointerType !== 'mouse' || event.button !== 0) return
            event.currentTarget.setPointerCapture(event.pointerId)
            setDrag([placeOf(event), placeOf(event)])
          },
          onPointerMove: (event: PointerEvent) => {
            if (drag !== undefined) setDrag([drag[0], placeOf(event)])
            else if (event.pointerType === 'mouse') point(event)
          },
          onPointerUp: (event: PointerEvent) => {
            setDrag(undefined)
            const to = placeOf(event)
            if (drag === undefined) return
            // a click is no drag
            if (Math.abs(to - drag[0]) > DRAG_MIN) onPick(drag[0], to)
            else onScrub?.(Math.min(history.at.length - 1, Math.floor(to * history.at.length)))
          },
          onPointerCancel: () => setDrag(undefined),
        }

  const words = useMemo(() => rasterWords(history, partitions, outliers), [history, partitions, outliers])
  return (
    <div className="raster" ref={frame}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={words}
        style={{ height: height + RASTER_TOP + RASTER_BOTTOM }}
        {...pointer}
      />
      {drag === undefined ? null : (
        <div
          className="picked-time"
          style={{
            left: RASTER_LEFT + Math.min(...drag) * inner,
            width: Math.abs(drag[1] - drag[0]) * inner,
            top: RASTER_TOP,
            height,
          }}
        />
      )}
      <CrossHair ref={cross} left={RASTER_LEFT} top={RASTER_TOP} width={inner} height={height} />
      {scrubbed === undefined ? null : (
        <i
          className="cross at"
          style={{
            left: RASTER_LEFT + ((scrubbed + 0.5) / history.at.length) * inner,
            top: RASTER_TOP,
            height,
          }}
        />
      )}
      {onScrub === undefined ? null : (
        <Scrubber
          at={history.at}
          step={scrubbed}
          left={RASTER_LEFT}
          width={Math.max(0, inner)}
          onScrub={onScrub}
        />
      )}
      <Tooltip ref={tooltip} />
    </div>
  )
}

const rasterWords = (
  history: History,
  partitions: number,
  outliers: readonly { readonly partition: number; readonly share: number }[],
): string => {
  const first = history.at[0]
  const last = history.at.at(-1)
  if (first === undefined || last === undefined) return 'No history yet'
  const span = Date.parse(last) - Date.parse(first)
  const hottest = outliers[0]
  const standing =
    hottest === undefined
      ? 'None stands out.'
      : `${counted(outliers.length, 'partition')} ${outliers.length === 1 ? 'stands' : 'stand'} out, ${hottest.partition} the most with ${times(hottest.share)}.`
  return `Records per second of ${counted(partitions, 'partition')} of ${history.topic} from ${axisTime(first, span)} to ${axisTime(last, span)} UTC. ${standing}`
}
