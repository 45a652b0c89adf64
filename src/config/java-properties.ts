/**
 * Java's properties syntax, as `java.util.Properties.load` reads it: comments with `#` or `!`, a value on several
 * lines (odd number of backslashes at the end of each), keys that end at the first `=`, `:` or white space that is
 * not escaped, and the escapes `\t \n \r \f \uXXXX`, where a backslash before anything else means that character.
 * A key that is given twice has its last value, as in Java.
 */
export interface Property {
  readonly value: string
  /** Where the key begins; both from 1. */
  readonly line: number
  readonly column: number
}

export interface PropertiesProblem {
  readonly line: number
  readonly column: number
  readonly text: string
}

export const parseJavaProperties = (
  text: string,
): {
  readonly properties: ReadonlyMap<string, Property>
  readonly problems: readonly PropertiesProblem[]
} => {
  const properties = new Map<string, Property>()
  const problems: PropertiesProblem[] = []
  for (const { content, line, column } of logicalLines(text)) {
    const report = (problem: string): void => void problems.push({ line, column, text: problem })
    const keyEnd = endOfKey(content)
    const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(content.slice(keyEnd))?.[0] ?? ''
    const key = unescape(content.slice(0, keyEnd), report)
    const value = unescape(content.slice(keyEnd + separator.length), report)
    properties.delete(key)
    properties.set(key, { value, line, column })
  }
  return { properties, problems }
}

interface LogicalLine {
  /** Without leading white space and without the backslashes that joined its lines. */
  readonly content: string
  readonly line: number
  readonly column: number
}

function* logicalLines(text: string): Generator<LogicalLine> {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  for (let index = 0; index < lines.length; index++) {
    const first = lines[index] ?? ''
    let content = withoutIndent(first)
    // a backslash at the end of a comment joins nothing
    if (content === '' || /^[#!]/.test(content)) continue
    const line = index + 1
    const column = first.length - content.length + 1
    while (continues(content) && index + 1 < lines.length)
      content = content.slice(0, -1) + withoutIndent(lines[++index] ?? '')
    yield { content: continues(content) ? content.slice(0, -1) : content, line, column }
  }
}

const withoutIndent = (line: string): string => line.replace(/^[ \t\f]+/, '')

/** Two backslashes at the end are one escaped backslash, three are that and a continuation. */
const continues = (line: string): boolean => (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1

const endOfKey = (content: string): number => {
  for (let at = 0; at < content.length; at++) {
    const character = content[at] ?? ''
    if (character === '\\') at++
    else if ('=: \t\f'.includes(character)) return at
  }
  return content.length
}

const CONTROL: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
])

const unescape = (text: string, report: (problem: string) => void): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_whole, hex: string | undefined, character: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (character === 'u') report('\\u must be followed by four hexadecimal digits')
    return CONTROL.get(character) ?? character
  })
