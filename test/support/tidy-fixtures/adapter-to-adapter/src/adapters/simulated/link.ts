import { connectKafka } from '../kafka/connect.ts'
export const link = connectKafka
