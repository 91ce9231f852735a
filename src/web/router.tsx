import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { parseAddress, writeAddress } from '#ui/address.ts'
import { Loading } from '#ui/states.tsx'
import { DemoBanner } from './DemoBanner.tsx'
import { NotFound } from './NotFound.tsx'
import { Shell } from './Shell.tsx'
import { SignedIn } from './session.tsx'

const Nowhere = () => (
  <>
    <DemoBanner />
    <NotFound />
  </>
)

type Importer = () => Promise<{ default: ComponentType }>

const root = createRootRoute({ component: Outlet, notFoundComponent: Nowhere })

const door = (path: string, page: Importer) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(page) })

const house = createRoute({
  getParentRoute: () => root,
  id: 'house',
  component: () => (
    <SignedIn>
      <Shell />
    </SignedIn>
  ),
})

/** Each page is fetched when it is first opened. */
const pages: Record<string, Importer> = {
  '/': () => import('#features/experience/pages/Overview.tsx'),
  '/actions': () => import('#features/improvement/pages/Actions.tsx'),
  '/actions/$id': () => import('#features/improvement/pages/Action.tsx'),
  '/actions/new': () => import('#features/improvement/pages/NewAction.tsx'),
  '/diagnostic': () => import('#features/experience/pages/Diagnostic.tsx'),
  '/effects': () => import('#features/improvement/pages/Effects.tsx'),
  '/effects/$id': () => import('#features/improvement/pages/Effect.tsx'),
  '/my-work': () => import('#features/improvement/pages/MyWork.tsx'),
  '/findings/$id': () => import('#features/findings/pages/Finding.tsx'),
  '/findings': () => import('#features/findings/pages/Findings.tsx'),
  '/import': () => import('#features/imports/pages/Import.tsx'),
  '/model': () => import('#features/journeys/pages/Model.tsx'),
  '/processes': () => import('#features/processes/pages/Processes.tsx'),
  '/processes/$id': () => import('#features/processes/pages/Process.tsx'),
  '/questions': () => import('#features/questions/pages/Questions.tsx'),
  '/questions/$id': () => import('#features/questions/pages/Question.tsx'),
  '/me': () => import('#features/access/pages/Me.tsx'),
  '/settings/access': () => import('#features/access/pages/Access.tsx'),
  '/settings/units': () => import('#features/access/pages/Units.tsx'),
  '/settings/metrics': () => import('#features/system/pages/Metrics.tsx'),
  '/settings/erasures': () => import('#features/erasures/pages/Erasures.tsx'),
  '/settings/audit': () => import('#features/system/pages/Audit.tsx'),
  '/settings/system': () => import('#features/system/pages/System.tsx'),
}

const tree = root.addChildren([
  door('/sign-in', () => import('./SignIn.tsx')),
  door('/welcome', () => import('./Welcome.tsx')),
  house.addChildren(
    Object.entries(pages).map(([path, page]) =>
      createRoute({ getParentRoute: () => house, path, component: lazyRouteComponent(page) }),
    ),
  ),
])

export const router = createRouter({
  routeTree: tree,
  parseSearch: parseAddress,
  stringifySearch: writeAddress,
  defaultPreload: 'intent',
  defaultPendingComponent: () => (
    <div className="zy-page">
      <Loading rows={10} />
    </div>
  ),
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
})
