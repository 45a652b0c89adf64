import { Producer } from '@platformatic/kafka'
export const producer = Producer
