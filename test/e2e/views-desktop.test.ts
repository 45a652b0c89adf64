/** A laptop's screen and a wall's. Needs the build: `vite build web`. */
import { describeViews } from '../support/view-matrix.ts'

describeViews({
  title: 'views at 1280 × 800 and 2560 × 1440',
  context: {},
  keyboard: true,
  narrow: false,
  sizes: [
    { width: 1280, height: 800, wholeMaps: ['overview'] },
    { width: 2560, height: 1440, wholeMaps: ['overview', 'topic'] },
  ],
})
