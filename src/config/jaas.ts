/**
 * `sasl.jaas.config`: one line in Java's JAAS syntax,
 *
 *     org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="a \"quoted\" one";
 *
 * Kafka reads it with a StreamTokenizer: quotes are single or double, a backslash in them escapes the next character.
 */
export interface JaasEntry {
  readonly loginModule: string
  readonly options: ReadonlyMap<string, string>
}

/** Null when the text is not exactly one entry that ends in `;`. */
export const parseJaasConfig = (text: string): JaasEntry | null => {
  const tokens = tokenize(text)
  if (tokens === null || tokens.at(-1) !== ';') return null
  const [loginModule, flag, ...rest] = tokens.slice(0, -1)
  if (loginModule === undefined || !/^(?:required|requisite|sufficient|optional)$/i.test(flag ?? ''))
    return null
  const options = new Map<string, string>()
  for (let at = 0; at < rest.length; at += 3) {
    const [key, equals, value] = rest.slice(at, at + 3)
    if (key === undefined || equals !== '=' || value === undefined) return null
    options.set(key, value)
  }
  return { loginModule, options }
}

const tokenize = (text: string): readonly string[] | null => {
  const token = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([=;])|([^\s=;"']+))/gsy
  const tokens: string[] = []
  const whole = text.trimEnd()
  while (token.lastIndex < whole.length) {
    const match = token.exec(whole)
    if (match === null) return null
    const quoted = match[1] ?? match[2]
    tokens.push(quoted === undefined ? (match[3] ?? match[4] ?? '') : quoted.replace(/\\(.)/gs, '$1'))
  }
  return tokens
}
