import { resolve } from 'node:path'
import type { World } from './world.ts'

/**
 * Where a cluster's past lies in the state folder. By the address it is watched at: the cluster's own id is known only
 * once it answers, and a past must be readable also when it does not. Local brokers keep their ports between runs.
 */
export const historyPath = (world: World, stateDir: string, bootstrapServer: string): string =>
  resolve(world.io.cwd, stateDir, 'history', `${fileWord(bootstrapServer)}.sqlite`)

/** The document of a history file that names its cluster for people. */
export const CLUSTER_NAME = 'cluster-name'

/** Several addresses of one cluster, in any order, are one file. */
const fileWord = (bootstrapServer: string): string =>
  bootstrapServer
    .split(',')
    .map(address => address.trim().toLowerCase())
    .toSorted()
    .join('_')
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .slice(0, 180)
