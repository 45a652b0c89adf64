/**
 * The configuration that is printed is the configuration that runs: nobody changes it after parsing. `Object.freeze`
 * stops at the first level and does not reach into a Map, hence this.
 */
export const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map) {
    for (const [key, item] of value) {
      deepFreeze(key)
      deepFreeze(item)
    }
    for (const name of ['set', 'delete', 'clear']) Object.defineProperty(value, name, { value: refuseChange })
  } else for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}

const refuseChange = (): never => {
  throw new TypeError('the configuration is frozen')
}
