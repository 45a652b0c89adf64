/** Needs the build: `vite build web`. */
import { describeViews } from '../support/view-matrix.ts'

describeViews({
  title: 'views on a phone',
  context: { deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  keyboard: false,
  narrow: true,
  sizes: [{ width: 390, height: 844, wholeMaps: [] }],
})
