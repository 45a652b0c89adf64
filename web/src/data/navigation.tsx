/** The address as state: pages read the route, links and pickers write it. */
import {
  createContext,
  type MouseEvent,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react'
import { createAddressBar } from '../model/address-bar.ts'
import { type Page, parseRoute, printRoute, type Route, type View } from '../model/route.ts'

interface Navigation {
  readonly route: Route
  /** Go to a page; the way it is looked at (measure, grouping) goes along where it means the same. */
  readonly open: (page: Page, view?: View) => void
  /** Another state of this same place: no new step for the back button. */
  readonly settle: (page: Page) => void
  /** Change how this page is looked at: no new step for the back button, which is for places. */
  readonly look: (change: { readonly [Key in keyof View]: View[Key] | undefined }) => void
}

const NavigationContext = createContext<Navigation | undefined>(undefined)

export const useNavigation = (): Navigation => {
  const navigation = useContext(NavigationContext)
  if (navigation === undefined) throw new Error('useNavigation outside of NavigationProvider')
  return navigation
}

const here = (): string => location.pathname + location.search

const browserAddresses = {
  here,
  replace: (address: string) => history.replaceState(null, '', address),
  push: (address: string) => history.pushState(null, '', address),
}

export const NavigationProvider = ({ children }: { children: ReactNode }) => {
  const [address, setAddress] = useState(here)
  const [bar] = useState(() => createAddressBar(browserAddresses))
  useEffect(() => {
    const follow = (): void => {
      bar.forget()
      setAddress(here())
    }
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [bar])
  const navigation = useMemo((): Navigation => {
    const route = parseRoute(address)
    return {
      route,
      open: (page, view = carried(route.view)) => {
        const next = printRoute({ page, view })
        bar.push(next)
        setAddress(next)
        scrollTo(0, 0)
      },
      settle: page => {
        const next = printRoute({ page, view: route.view })
        bar.replace(next)
        setAddress(next)
      },
      look: change => {
        const merged = Object.entries({ ...route.view, ...change }).filter(([, value]) => value !== undefined)
        const next = printRoute({ page: route.page, view: Object.fromEntries(merged) as View })
        bar.replace(next)
        setAddress(next)
      },
    }
  }, [address, bar])
  return <NavigationContext.Provider value={navigation}>{children}</NavigationContext.Provider>
}

/** Measure and grouping mean the same on every page; what was picked does not. */
const carried = (view: View): View => ({
  ...(view.measure === undefined ? {} : { measure: view.measure }),
  ...(view.by === undefined ? {} : { by: view.by }),
})

/** A link within the page: a real address, so that it opens in a new tab too; followed without a reload. */
export const Link = ({
  to,
  className,
  current,
  children,
}: {
  to: Page | string
  className?: string
  current?: boolean
  children: ReactNode
}) => {
  const { open, route } = useNavigation()
  const page = typeof to === 'string' ? parseRoute(to).page : to
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    open(page)
  }
  return (
    <a
      href={printRoute({ page, view: carried(route.view) })}
      className={className}
      aria-current={current ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  )
}
