/**
 * The state of an instrument as it stands in the address. A setting reads one value and prints it; what is at its
 * standard is not printed, so that a plain link stays short. An address can be typed by hand and can be old: whatever
 * is missing or makes no sense is the standard, never an error and never another value than the one shown.
 */
import type { LabSettings } from '../../../../src/api/lab.ts'

export interface Setting<Value> {
  readonly standard: Value
  /** Undefined where the text is none of ours. */
  readonly read: (text: string) => Value | undefined
  readonly print: (value: Value) => string
}

export type Settings<Shape> = { readonly [Name in keyof Shape]: Setting<Shape[Name]> }

export interface Codec<Shape> {
  readonly read: (settings: LabSettings) => Shape
  readonly print: (shape: Shape) => LabSettings
}

export const codecOf = <Shape extends object>(settings: Settings<Shape>): Codec<Shape> => {
  const names = Object.keys(settings) as (keyof Shape & string)[]
  return {
    read: given =>
      Object.fromEntries(
        names.map(name => {
          const found = given[name]
          const { read, standard } = settings[name]
          const value = found === undefined ? undefined : read(found)
          return [name, value === undefined ? standard : value]
        }),
      ) as Shape,
    print: shape =>
      Object.fromEntries(
        names.flatMap(name => {
          const { print, standard } = settings[name]
          const printed = print(shape[name])
          return printed === print(standard) ? [] : [[name, printed]]
        }),
      ),
  }
}

/** A whole number within bounds. */
export const whole = (least: number, most: number, standard: number): Setting<number> => ({
  standard,
  read: text => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : undefined
  },
  print: String,
})

/** A decimal number within bounds; six digits behind the point, since a smaller one is printed with an exponent. */
export const decimal = (least: number, most: number, standard: number): Setting<number> => ({
  standard,
  read: text => {
    const value = /^\d{1,13}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : undefined
  },
  print: String,
})

/** The same where nothing may be said. */
export const orNone = (setting: Setting<number>): Setting<number | null> => ({
  standard: null,
  read: setting.read,
  print: value => (value === null ? '' : setting.print(value)),
})

export const oneOf = <Name extends string>(names: readonly Name[], standard: Name): Setting<Name> => ({
  standard,
  read: text => names.find(name => name === text),
  print: name => name,
})

/** Several of a list, in the order of the list. */
export const someOf = <Name extends string>(
  names: readonly Name[],
  standard: readonly Name[],
): Setting<readonly Name[]> => ({
  standard,
  read: text => names.filter(name => text.split(',').includes(name)),
  print: chosen => names.filter(name => chosen.includes(name)).join(','),
})

/** A text that may be empty. */
export const text = (standard: string, lengthMax: number): Setting<string> => ({
  standard,
  read: given => (given.length <= lengthMax ? given : undefined),
  print: value => value,
})

/** Keys that somebody typed, parted by commas; a comma of their own they cannot have. */
export const words = (
  standard: readonly string[],
  most: number,
  lengthMax: number,
): Setting<readonly string[]> => ({
  standard,
  read: text => {
    const found = splitWords(text)
    return found.length > 0 && found.length <= most && found.every(word => word.length <= lengthMax)
      ? found
      : undefined
  },
  print: list => list.join(','),
})

/** What was typed, as words: parted by commas or lines, without the blanks around them. */
export const splitWords = (text: string): readonly string[] =>
  text
    .split(/[,\n]/)
    .map(word => word.trim())
    .filter(word => word !== '')
