/** State of an instrument in the address, and what the system says about motion. */
import { useMemo, useSyncExternalStore } from 'react'
import type { LabInstrument, LabSettings } from '../../../../src/api/lab.ts'
import { useNavigation } from '../../data/navigation.tsx'
import type { Codec } from '../model/settings.ts'

/** What the address says, and a function that changes a part of it. The address is the only place where it is kept. */
export const useInstrument = <Shape>(
  instrument: LabInstrument,
  codec: Codec<Shape>,
  settings: LabSettings,
): readonly [Shape, (change: Partial<Shape>) => void] => {
  const { settle } = useNavigation()
  const state = useMemo(() => codec.read(settings), [codec, settings])
  return [
    state,
    change => settle({ name: 'lab', instrument, settings: codec.print({ ...state, ...change }) }),
  ]
}

const still = matchMedia('(prefers-reduced-motion: reduce)')

const subscribe = (listener: () => void): (() => void) => {
  still.addEventListener('change', listener)
  return () => still.removeEventListener('change', listener)
}

export const useReducedMotion = (): boolean => useSyncExternalStore(subscribe, () => still.matches)
