export * from './compare.ts'
export * from './diff.ts'
export * from './moved-keys.ts'
export * from './specs-from-snapshot.ts'
