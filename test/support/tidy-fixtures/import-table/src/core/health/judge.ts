import { sizePartitions } from '../sizing/size.ts'
export const judge = sizePartitions
