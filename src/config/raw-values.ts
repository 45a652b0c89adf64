/**
 * Looking into values that have not been judged yet: contradictions are looked for section by section, so that a slip in
 * one place does not hide a contradiction in another until the next try. Own properties only: a key may be `__proto__`.
 */
export const valueIn = (parent: unknown, key: string): unknown =>
  typeof parent === 'object' && parent !== null && Object.hasOwn(parent, key)
    ? (parent as Record<string, unknown>)[key]
    : undefined

export const listIn = (parent: unknown, key: string): readonly unknown[] => {
  const list = valueIn(parent, key)
  return Array.isArray(list) ? list : []
}

export const textIn = (parent: unknown, key: string): string | null => {
  const value = valueIn(parent, key)
  return typeof value === 'string' ? value : null
}
