/**
 * When are two texts the same config value?
 *
 * Kafka parses a topic config by its type and prints the parsed value back: what was set as `0.50` or
 * `compact, delete` is described as `0.5` and `compact,delete`. Comparing texts would find a difference that no
 * `apply` can ever remove. The canonical form below follows `ConfigDef.parseType` and `convertToString` without
 * needing the type of each key, which changes between Kafka versions: no key's type makes two texts equal here
 * that Kafka would keep apart, except that a free text `010` equals `10` (no topic config is free text).
 */
const canonical = (value: string): string => {
  const text = value.trim()
  // BigInt, because retention.ms may be 9223372036854775807; the length bound keeps hostile input cheap
  if (/^[+-]?\d{1,40}$/.test(text)) return BigInt(text.replace(/^\+/, '')).toString()
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) return String(Number(text))
  if (/^(true|false)$/i.test(text)) return text.toLowerCase()
  return [...new Set(text.split(/\s*,\s*/))].join(',')
}

/** True when Kafka cannot tell the two settings apart. Null is "not set on the topic". */
export const sameConfigValue = (a: string | null, b: string | null): boolean =>
  a === b || (a !== null && b !== null && canonical(a) === canonical(b))
