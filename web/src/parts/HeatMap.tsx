/**
 * The heat map: one canvas, one tab stop, one hit test.
 *
 * For a screen reader the canvas is a grid whose content is the cell in focus, described in words and renamed with each
 * step, so that the step is announced; a thousand hidden elements would say no more and cost a layout each tick.
 */
import {
  type KeyboardEvent,
  type ReactNode,
  type PointerEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { usePicture } from '../data/pictures.tsx'
import { usePalette } from '../data/theme.ts'
import { sizeCanvas } from '../draw/canvas.ts'
import { HEADING_FONT, paintHeat } from '../draw/heat.ts'
import { heatSvg } from '../draw/heat-svg.ts'
import { createCellPixels } from '../draw/heat-pixels.ts'
import type { Block } from '../model/blocks.ts'
import type { Cells } from '../model/cells.ts'
import type { CellWords } from '../model/describe.ts'
import { firstOf, moveInGrid, nextOutlier } from '../model/grid-keys.ts'
import { cellBox, type GridLayout, hitCell, layoutGrid } from '../model/grid-layout.ts'
import { marginLabels } from '../model/margin-labels.ts'
import type { Measure } from '../model/measure.ts'
import { PHONE_WIDTH, useFontsReady, useWidth, useWindowWidth } from './hooks.ts'
import { PointedCell, type PointedCellHandle } from './PointedCell.tsx'
import { Tooltip, type TooltipHandle, type TooltipPlace } from './Tooltip.tsx'
import { usePerFrame } from './usePerFrame.ts'

/** Left of the cells, for numbers of so many digits. */
const labelWidth = (cells: number): number => Math.max(32, 8 + 6.5 * String(cells - 1).length)
const MARGIN_WIDTH = 52
const TOOLTIP_DELAY_MS = 80
const BLOCK_WIDTH_MIN = 132
const BLOCK_WIDTH_MIN_PHONE = 240
const LEGEND_WIDTH = 500
const LEGEND_MARGIN = 8
const LEGEND_RISE = -30

export const HeatMap = ({
  label,
  cells,
  blocks,
  notes,
  measure,
  heightLimit,
  headed,
  picked,
  dimmed,
  describe,
  legend,
  onPick,
  onOpen,
}: {
  label: string
  cells: Cells
  blocks: readonly Block[]
  /** Beside the name of a block, by its key. */
  notes: ReadonlyMap<string, string>
  measure: Measure
  heightLimit: number
  headed: boolean
  /** Cell picked by the page, -1 for none. */
  picked: number
  dimmed: boolean
  describe: (cell: number) => CellWords
  /** Below the picture, beside the strips of small topics where they leave room. */
  legend: ReactNode
  /** Pressed or stepped onto. Without it a press opens. */
  onPick?: (cell: number) => void
  onOpen: (cell: number) => void
}) => {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const pixels = useMemo(createCellPixels, [])
  const width = useWidth(frame)
  const phone = useWindowWidth() < PHONE_WIDTH
  const fontsReady = useFontsReady()
  const palette = usePalette()
  const id = useId()
  const [focused, setFocused] = useState(false)
  const [cursor, setCursor] = useState(-1)
  const ring = useRef<PointedCellHandle>(null)
  const tooltip = useRef<TooltipHandle>(null)
  /** Where the mouse is, undefined away from the map. */
  const mouse = useRef<TooltipPlace>(undefined)
  /** What is told, and where: the cell under the mouse, or the one that keys went to. */
  const told = useRef<{ readonly cell: number; readonly place: TooltipPlace }>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const layout = useMemo(() => {
    const measurer = document.createElement('canvas').getContext('2d')
    return layoutGrid(blocks, cells.length, {
      width,
      heightLimit,
      labelWidth: phone ? 0 : labelWidth(cells.length),
      marginWidth: phone ? 0 : MARGIN_WIDTH,
      devicePixelRatio: devicePixelRatio || 1,
      blockWidthMin: phone ? BLOCK_WIDTH_MIN_PHONE : BLOCK_WIDTH_MIN,
      headed,
      textWidth: text => {
        if (measurer === null) return text.length * 7
        measurer.font = HEADING_FONT
        return measurer.measureText(text).width
      },
    })
    // fonts change the width of names
  }, [blocks, cells.length, width, heightLimit, phone, headed, fontsReady])
  const labels = useMemo(
    () => (phone ? [] : marginLabels(cells, layout, measure)),
    [cells, layout, measure, phone],
  )
  usePicture('map', {
    title: label,
    canvas: () => canvas.current,
    svg: () => heatSvg({ layout, cells, labels, notes, dimmed }, label, palette),
  })
  const chosen = picked >= 0 ? picked : focused ? cursor : -1

  useLayoutEffect(() => {
    if (canvas.current === null || width === 0) return
    const context = sizeCanvas(canvas.current, layout.width, layout.height)
    if (context === undefined) return
    paintHeat(context, { layout, cells, labels, notes, picked: chosen, dimmed }, palette, pixels)
  }, [layout, cells, labels, notes, chosen, dimmed, palette, pixels, width])

  const tell = (cell: number, place: TooltipPlace): void => {
    told.current = { cell, place }
    tooltip.current?.show(describe(cell), place)
  }
  const untell = (): void => {
    clearTimeout(timer.current)
    timer.current = undefined
    told.current = undefined
    tooltip.current?.hide()
  }
  const pointing = usePerFrame(() => {
    const at = mouse.current
    const bounds = canvas.current?.getBoundingClientRect()
    const cell =
      at === undefined || bounds === undefined ? -1 : hitCell(layout, at.x - bounds.left, at.y - bounds.top)
    ring.current?.show(cell === chosen ? undefined : cellBox(layout, cell))
    if (at === undefined) return
    if (cell < 0) untell()
    else if (told.current !== undefined) tell(cell, at)
    else
      timer.current ??= setTimeout(() => {
        // by now it may rest on another cell
        if (mouse.current !== undefined) told.current = { cell, place: mouse.current }
        pointing.ask()
      }, TOOLTIP_DELAY_MS)
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  // what is told of a cell is told of the newest figures; a mouse that rests is over another cell in another layout
  useEffect(() => {
    if (mouse.current !== undefined) pointing.ask()
    else if (told.current !== undefined)
      tooltip.current?.show(describe(told.current.cell), told.current.place)
  })

  const point = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.pointerType === 'touch') return
    mouse.current = { x: event.clientX, y: event.clientY }
    pointing.ask()
  }
  const leave = (): void => {
    mouse.current = undefined
    untell()
    pointing.ask()
  }
  const press = (event: PointerEvent<HTMLCanvasElement>): void => {
    const bounds = event.currentTarget.getBoundingClientRect()
    const cell = hitCell(layout, event.clientX - bounds.left, event.clientY - bounds.top)
    if (cell < 0) return
    setCursor(cell)
    if (onPick === undefined || cell === picked) onOpen(cell)
    else onPick(cell)
  }
  const step = (cell: number): void => {
    if (cell < 0) return
    setCursor(cell)
    onPick?.(cell)
    // until it moves again, the mouse has no say
    mouse.current = undefined
    pointing.ask()
    const box = cellBox(layout, cell)
    const bounds = canvas.current?.getBoundingClientRect()
    if (box !== undefined && bounds !== undefined)
      tell(cell, { x: bounds.left + box.x + box.side, y: bounds.top + box.y + box.side })
  }
  const key = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey) return
    const from = chosen >= 0 ? chosen : cursor >= 0 ? cursor : firstOf(layout)
    if (event.key === 'Enter') {
      if (from >= 0) onOpen(from)
    } else if (event.key === 'n' && !event.ctrlKey) {
      step(nextOutlier(cells, layout, from))
    } else {
      // the first arrow shows where the focus is; it does not step past it
      const next =
        chosen < 0 && event.key.startsWith('Arrow')
          ? from
          : moveInGrid(layout, from, event.key, event.ctrlKey)
      if (next === undefined) return
      step(next)
    }
    event.preventDefault()
  }

  const described = chosen >= 0 ? describe(chosen) : undefined
  return (
    <div className="heat" ref={frame}>
      <canvas
        ref={canvas}
        role="grid"
        tabIndex={0}
        aria-label={`${label}. Arrow keys move, Enter opens, n goes to the next outlier.`}
        aria-activedescendant={described === undefined ? undefined : `${id}cell${chosen}`}
        style={{ height: layout.height }}
        onPointerMove={point}
        onPointerLeave={leave}
        onPointerUp={press}
        onKeyDown={key}
        onFocus={event => {
          setFocused(event.currentTarget.matches(':focus-visible'))
          if (cursor < 0) setCursor(firstOf(layout))
        }}
        onBlur={() => {
          setFocused(false)
          untell()
        }}
      >
        <div role="row">
          <div role="gridcell" id={`${id}cell${chosen}`}>
            {described === undefined
              ? label
              : `${described.title}: ${described.rows.map(([term, value]) => `${term} ${value}`).join(', ')}`}
          </div>
        </div>
      </canvas>
      <PointedCell ref={ring} />
      <div className="map-foot" style={{ marginTop: roomBesideStrips(layout) ? LEGEND_RISE : LEGEND_MARGIN }}>
        {legend}
      </div>
      <Tooltip ref={tooltip} />
    </div>
  )
}

/** One line of strips, ending before the legend begins. */
const roomBesideStrips = (layout: GridLayout): boolean => {
  const strips = layout.blocks.filter(placed => placed.strip)
  const last = strips.at(-1)
  return (
    last !== undefined &&
    strips.every(strip => strip.band === last.band && strip.rows === 1) &&
    last.cellsX + last.block.cells.length * last.pitch + LEGEND_WIDTH < layout.width
  )
}
