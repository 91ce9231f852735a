import { bind } from '#features/bind.ts'
import { ok } from '#lib/result.ts'
import { metrics } from '#warehouse/metrics.ts'
import * as contract from './contract.ts'
import { diagnostic, overview, touchpointDetail } from './data.ts'

export const routes = [
  bind(contract.readOverview, ({ services, scope, query }) => overview(services, scope, query)),
  bind(contract.readTouchpoint, ({ services, scope, params, query }) =>
    touchpointDetail(services, scope, params.id, query),
  ),
  bind(contract.readDiagnostic, ({ services, scope, query }) => diagnostic(services, scope, query)),
  bind(contract.readMetrics, async () => {
    const list = Object.values(metrics).map(({ id, name, definition, formula, unit, direction, version }) => ({
      id,
      name,
      definition,
      formula,
      unit,
      direction,
      version,
    }))
    return ok({ metrics: list })
  }),
]
