import { LanekeeperError } from '../core/model/index.ts'

/** A whole number above 0 as the user wrote it; `010`, `1e3` and `3.0` are not what a count looks like. */
export const countOption = (name: string, text: string, max = 2 ** 31): number => {
  const value = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= max))
    throw new LanekeeperError('USAGE', `${name} ${text}: not a whole number from 1 to ${max}.`, {
      fix: 'Write digits only, such as 1000.',
    })
  return value
}
