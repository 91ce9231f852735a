import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProvider, Refusal } from '#ui/api.tsx'
import { PreferencesProvider } from '#ui/preferences.tsx'
import { Theme } from '#ui/theme.tsx'
import { router } from './router.tsx'
import '#ui/base.css'

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that ended in the middle: who is reading is asked again, and the frame leads to the door.
    onError: (error, { queryKey }) => {
      if (error instanceof Refusal && error.code === 'not_signed_in' && queryKey[0] !== 'access.me')
        void queries.invalidateQueries({ queryKey: ['access.me'] })
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // A refusal stays a refusal; only a server that did not answer is asked again.
      retry: (failures, error) => failures < 2 && (!(error instanceof Refusal) || error.code === 'server_unreachable'),
    },
  },
})

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <PreferencesProvider>
      <Theme>
        <QueryClientProvider client={queries}>
          <ApiProvider>
            <RouterProvider router={router} />
          </ApiProvider>
        </QueryClientProvider>
      </Theme>
    </PreferencesProvider>
  </StrictMode>,
)
