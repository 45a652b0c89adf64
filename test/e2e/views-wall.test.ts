/** Needs the build: `vite build web`. */
import { describeViews } from '../support/view-matrix.ts'

describeViews({
  title: 'views at 2560 × 1440',
  context: { viewport: { width: 2560, height: 1440 } },
  keyboard: true,
  wholeMaps: ['overview', 'topic'],
  narrow: false,
})
