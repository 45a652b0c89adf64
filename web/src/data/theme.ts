/**
 * Light or dark: the system's choice until the reader makes one, which is then kept. `theme.js` applies the kept choice
 * before the first paint; this file changes it and tells the canvases, which cannot inherit colours from CSS.
 */
import { useSyncExternalStore } from 'react'
import { buildRamp, packPixel, parseHex, type Ramp } from '../model/ramp.ts'

export type Theme = 'light' | 'dark'

const STORAGE_KEY = 'lanekeeper.theme'
const listeners = new Set<() => void>()

const systemDark = matchMedia('(prefers-color-scheme: dark)')
systemDark.addEventListener('change', () => {
  palette = undefined
  for (const listener of listeners) listener()
})

export const currentTheme = (): Theme => {
  const chosen = document.documentElement.dataset['theme']
  return chosen === 'light' || chosen === 'dark' ? chosen : systemDark.matches ? 'dark' : 'light'
}

export const toggleTheme = (): void => {
  const next = currentTheme() === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset['theme'] = next
  try {
    localStorage.setItem(STORAGE_KEY, next)
  } catch {
    // storage may be forbidden: the choice then lasts as long as the page
  }
  palette = undefined
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, currentTheme)

/** The tokens that canvases draw with. */
export interface Palette {
  readonly ramp: Ramp
  readonly text: string
  readonly text2: string
  readonly text3: string
  readonly surface: string
  /** Under the queues of the Lab: set off a little from the panel. */
  readonly road: string
  readonly line: string
  readonly lineStrong: string
  readonly accent: string
  readonly crit: string
  readonly critFill: string
  readonly warn: string
  readonly warnFill: string
  readonly cellNone: string
  readonly cellHatch: string
  readonly series: readonly string[]
  readonly pixelSurface: readonly [number, number, number]
  readonly pixelNone: number
  readonly pixelHatch: number
  readonly pixelWarn: number
  readonly pixelCrit: number
}

let palette: Palette | undefined

/** Read from the style sheet once per theme: asking for computed style forces layout. */
const currentPalette = (): Palette => {
  palette ??= readPalette()
  return palette
}

const readPalette = (): Palette => {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    ramp: buildRamp(Array.from({ length: 11 }, (_, stop) => token(`seq-${stop}`))),
    text: token('text'),
    text2: token('text-2'),
    text3: token('text-3'),
    surface: token('surface'),
    road: token('hover'),
    line: token('line'),
    lineStrong: token('line-strong'),
    accent: token('accent'),
    crit: token('crit'),
    critFill: token('crit-fill'),
    warn: token('warn'),
    warnFill: token('warn-fill'),
    cellNone: token('cell-none'),
    cellHatch: token('cell-hatch'),
    series: ['s1', 's2', 's3', 's4', 's-mute'].map(token),
    pixelSurface: parseHex(token('surface')),
    pixelNone: packPixel(parseHex(token('cell-none'))),
    pixelHatch: packPixel(parseHex(token('cell-hatch'))),
    pixelWarn: packPixel(parseHex(token('warn-fill'))),
    pixelCrit: packPixel(parseHex(token('crit-fill'))),
  }
}

export const usePalette = (): Palette => useSyncExternalStore(subscribe, currentPalette)
