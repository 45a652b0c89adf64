/** What happened: time across, partition down, with events above and the hottest named in the margin. */
import { useLayoutEffect, useMemo, useRef } from 'react'
import type { History } from '../../../src/api/contract.ts'
import { usePalette } from '../data/theme.ts'
import { sizeCanvas } from '../draw/canvas.ts'
import { rasterImage } from '../draw/raster.ts'
import { paintRasterFrame, RASTER_BOTTOM, RASTER_LEFT, RASTER_TOP } from '../draw/raster-frame.ts'
import { rasterOutliers, rasterReference } from '../model/history.ts'
import { counted, minute, times } from '../model/text.ts'
import { PHONE_WIDTH, useFontsReady, useWidth, useWindowWidth } from './hooks.ts'

const RIGHT = 56
const RIGHT_PHONE = 8

export const Raster = ({
  history,
  partitions,
  height,
  outlierShare,
}: {
  history: History
  partitions: number
  height: number
  /** From this share of the ordinary on, a partition is named. */
  outlierShare: number
}) => {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = useWidth(frame)
  const phone = useWindowWidth() < PHONE_WIDTH
  const palette = usePalette()
  const fontsReady = useFontsReady()
  const reference = useMemo(() => rasterReference(history), [history])
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
    const image = rasterImage(
      history,
      reference,
      Math.round(inner * ratio),
      Math.round(height * ratio),
      palette,
    )
    if (image !== undefined) context.putImageData(image, RASTER_LEFT * ratio, RASTER_TOP * ratio)
    paintRasterFrame(
      context,
      { history, partitions, outliers: phone ? [] : outliers, width: inner, height },
      palette,
    )
  }, [history, reference, outliers, partitions, width, height, right, phone, palette, fontsReady])

  const first = history.at[0]
  const last = history.at.at(-1)
  const hottest = outliers[0]
  const words =
    first === undefined || last === undefined
      ? 'No history yet'
      : `Records per second of ${counted(partitions, 'partition')} of ${history.topic} from ${minute(first)} to ${minute(last)} UTC. ${
          hottest === undefined
            ? 'None stands out.'
            : `${counted(outliers.length, 'partition')} ${outliers.length === 1 ? 'stands' : 'stand'} out, ${hottest.partition} the most with ${times(hottest.share)}.`
        }`
  return (
    <div className="raster" ref={frame}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={words}
        style={{ height: height + RASTER_TOP + RASTER_BOTTOM }}
      />
    </div>
  )
}
