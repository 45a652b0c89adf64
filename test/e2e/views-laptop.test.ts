/** Needs the build: `vite build web`. */
import { describeViews } from '../support/view-matrix.ts'

describeViews({
  title: 'views at 1280 × 800',
  context: { viewport: { width: 1280, height: 800 } },
  keyboard: true,
  wholeMaps: ['overview'],
  narrow: false,
})
