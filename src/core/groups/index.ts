export * from './assign.ts'
export * from './group.ts'
export * from './steps.ts'
