/** Starts the page: one live feed, the address, the shell, the page that the address names. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { FeedProvider } from './data/context.tsx'
import { openLiveFeed } from './data/live.ts'
import { NavigationProvider } from './data/navigation.tsx'
import { PicturesProvider } from './data/pictures.tsx'
import { CurrentPage } from './pages/CurrentPage.tsx'
import { Shell } from './shell/Shell.tsx'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/panels.css'
import './styles/findings.css'
import './styles/tables.css'
import './styles/lists.css'
import './styles/controls.css'
import './styles/pictures.css'
import './styles/pages.css'
import './styles/alerts.css'
import './styles/cards.css'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <FeedProvider feed={openLiveFeed()}>
      <NavigationProvider>
        <PicturesProvider>
          <Shell>
            <CurrentPage />
          </Shell>
        </PicturesProvider>
      </NavigationProvider>
    </FeedProvider>
  </StrictMode>,
)
