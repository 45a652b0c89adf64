/** The strategies that the Lab compares, under the names that `lanekeeper simulate --strategy` takes. */
import { labStrategies } from '../../../../src/api/lab.ts'
import { utf8Bytes } from '../../../../src/core/model/index.ts'
import {
  type ConventionName,
  compositeStrategy,
  hashStrategy,
  idModStrategy,
  isolateStrategy,
  roundRobinStrategy,
  saltedStrategy,
  type Strategy,
  stickyStrategy,
  storeIdStrategy,
} from '../../../../src/core/routing/index.ts'

export const strategyNames = labStrategies
export type StrategyName = (typeof strategyNames)[number]

export const strategyLabels: Readonly<Record<StrategyName, string>> = {
  hash: 'Hash of the key',
  'salted:4': 'Salt the hottest, 4 ways',
  'salted:16': 'Salt the hottest, 16 ways',
  isolate: 'A lane of its own',
  'composite:8': 'Key and one of 8 buckets',
  'id-mod': 'Digits at the end, mod n',
  'store-id': "Java's String.hashCode",
  sticky: 'No key, sticky batches',
  'round-robin': 'No key, in turn',
}

/** @param hot the key that salting and isolation are about */
export const strategyOf = (
  name: StrategyName,
  hot: string,
  convention: ConventionName = 'java',
): Strategy => {
  const hotKeys = [utf8Bytes(hot)]
  switch (name) {
    case 'hash':
      return hashStrategy(convention)
    case 'salted:4':
      return saltedStrategy(4, hotKeys, convention)
    case 'salted:16':
      return saltedStrategy(16, hotKeys, convention)
    case 'isolate':
      return isolateStrategy(hotKeys, convention)
    case 'composite:8':
      return compositeStrategy(8, convention)
    case 'id-mod':
      return idModStrategy(convention)
    case 'store-id':
      return storeIdStrategy('mended')
    case 'sticky':
      return stickyStrategy()
    case 'round-robin':
      return roundRobinStrategy()
  }
}
