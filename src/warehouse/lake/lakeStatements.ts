import { setTimeout as sleep } from 'node:timers/promises'
import { compile, type Sql } from '../sql.ts'
import type { Result } from '../warehouse.ts'
import { resultOf } from './cellsOfTrino.ts'
import type { Turn } from './lakeState.ts'
import { withLiterals } from './literal.ts'
import type { Statement, StatementOptions, TrinoClient } from './trinoClient.ts'
import { TrinoError } from './trinoError.ts'

/** How a writer's queries are found on the cluster. */
export const sourceOf = (writeId: number): string => `zhiyin write ${writeId}`

/** Loading, moving and copying take as long as they take. */
export const longSession = { query_max_run_time: '6h' }

/** A writer's query as text, its values in it. */
export function directText(query: Sql): string {
  const { text, values } = compile(query, (name) => {
    throw new Error(`a writer names tables directly, not the handle ${name}`)
  })
  return withLiterals(text, values)
}

/** The statements of one write: on the cluster they carry its name, and afterwards it knows which were its own. */
export class LakeStatements {
  readonly ids = new Set<string>()
  private readonly client: TrinoClient
  private readonly turn: Turn

  constructor(client: TrinoClient, turn: Turn) {
    this.client = client
    this.turn = turn
  }

  async run(text: string, options: Pick<StatementOptions, 'onRows' | 'session'> = {}): Promise<Statement> {
    // Whoever lost the turn must not write any more: another may have it, and has taken this write back.
    await this.turn.check()
    const session = { ...longSession, ...options.session }
    const statement = await this.client.run(text, { ...options, source: sourceOf(this.turn.id), session })
    this.ids.add(statement.queryId)
    return statement
  }

  async ask(query: Sql): Promise<Result> {
    return resultOf(await this.run(directText(query)))
  }

  end(): Promise<void> {
    return endQueries(this.client, sourceOf(this.turn.id))
  }
}

/** A query that commits after its writer was taken back would stand in everybody's way. */
export async function endQueries(client: TrinoClient, source: string): Promise<void> {
  for (let round = 0; round < 60; round++) {
    const { rows } = await client.run(
      "select query_id from system.runtime.queries where source = ? and state not in ('FINISHED', 'FAILED')",
      { values: [source], source: 'zhiyin recovery' },
    )
    if (rows.length === 0) return
    // One that has ended meanwhile cannot be ended; whether all have is looked at again.
    for (const [id] of rows)
      await client
        .run(`call system.runtime.kill_query(query_id => ?, message => 'its writer is gone')`, { values: [String(id)] })
        .catch(() => undefined)
    await sleep(1_000)
  }
  throw new TrinoError(`queries of ${source} do not end`, 'away')
}
