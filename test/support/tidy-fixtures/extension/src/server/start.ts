import { serve } from './serve'
export const start = serve
