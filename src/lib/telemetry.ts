/**
 * Where the program says what it is doing: spans, measurements, records of its log. Off by default, and then each call
 * is one look at a variable; server/telemetry attaches what sends. Names and attributes are the program's own words:
 * never a value that somebody sent, the text of a query, or the message of a fault, which may quote a value.
 */
export type Attributes = Record<string, string | number | boolean | undefined>

export interface Span {
  set(attributes: Attributes): void
  /** It went wrong, though nothing is thrown. */
  fail(errorType: string): void
}

/** A span that its opener ends. */
export interface OpenSpan extends Span {
  /** Spans begun inside are its children. */
  run<T>(work: () => T): T
  end(): void
}

export interface SpanOptions {
  kind?: 'client' | 'server'
  attributes?: Attributes | undefined
  /** Begins a trace of its own, for work that nobody waits for; where it was begun is linked. */
  root?: boolean
  /** The `traceparent` of a caller who is believed. */
  traceparent?: string | undefined
}

export interface Tracing {
  /** Undefined where there is no span to be a child of: what runs by itself each second makes no traces. */
  begin(name: string, options: SpanOptions): OpenSpan | undefined
  current(): { traceId: string; spanId: string } | undefined
}

export interface Instrument {
  name: string
  /** As OpenTelemetry writes units: `s`, `By`, `{row}`. */
  unit: string
  about: string
  /** Of values that are looked at: whether those of several servers add up. */
  addsUp?: boolean
}
export type Measure = (value: number, attributes?: Attributes) => void

/** Values as they are when somebody looks; one that is not known is left out. */
export interface Observation {
  instruments: readonly Instrument[]
  attributes?: Attributes | undefined
  read(): readonly (number | undefined)[] | Promise<readonly (number | undefined)[]>
}

export interface Measuring {
  counter(instrument: Instrument): Measure
  /** `bounds` are the upper bounds of its buckets. */
  histogram(instrument: Instrument, bounds: readonly number[]): Measure
  /** Looks from now on; answers what ends that. */
  observe(observation: Observation): () => void
}

export type Level = 'info' | 'warn' | 'error'
export type Logging = (level: Level, message: string, detail: Record<string, unknown>) => void

export interface Telemetry {
  tracing?: Tracing | undefined
  measuring?: Measuring | undefined
  logging?: Logging | undefined
}

let attached: Telemetry = {}
const instruments: { make: (measuring: Measuring) => Measure; sink: Measure | undefined }[] = []
const observations = new Map<Observation, (() => void) | undefined>()

/** Switches telemetry on for this process. An instrument declared before or after works alike. */
export function attachTelemetry(telemetry: Telemetry): void {
  attached = telemetry
  const { measuring } = telemetry
  for (const held of instruments) held.sink = measuring && held.make(measuring)
  for (const [observation, stop] of observations) {
    stop?.()
    observations.set(observation, measuring?.observe(observation))
  }
}

const unseen: Span = { set: () => undefined, fail: () => undefined }

/** Runs the work in a span; an error it throws ends the span with its type and goes on. */
export function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const span = attached.tracing?.begin(name, options)
  return span ? ended(span, work) : work(unseen)
}

async function ended<T>(span: OpenSpan, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await span.run(() => work(span))
  } catch (error) {
    span.fail(errorTypeOf(error))
    throw error
  } finally {
    span.end()
  }
}

/** For what does not end where a function returns, as a request does with its last byte. */
export const beginSpan = (name: string, options: SpanOptions): OpenSpan | undefined =>
  attached.tracing?.begin(name, options)

export const currentSpan = () => attached.tracing?.current()

/** True where somebody measures or traces: for whoever would otherwise prepare what nobody reads. */
export const telemetryIsOn = (): boolean => attached.tracing !== undefined || attached.measuring !== undefined

const instrument = (make: (measuring: Measuring) => Measure): Measure => {
  const held = { make, sink: attached.measuring && make(attached.measuring) }
  instruments.push(held)
  return (value, attributes) => held.sink?.(value, attributes)
}

/** Declares a sum that only grows. Once, where a module begins. */
export const counter = (name: string, unit: string, about: string): Measure =>
  instrument((measuring) => measuring.counter({ name, unit, about }))

/** Declares a distribution. The buckets are those that the conventions give for durations of requests. */
export const histogram = (name: string, unit: string, about: string, bounds: readonly number[] = seconds): Measure =>
  instrument((measuring) => measuring.histogram({ name, unit, about }, bounds))

const seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Has values looked at whenever they are sent, until the answer is called. */
export function observe(observation: Observation): () => void {
  observations.set(observation, attached.measuring?.observe(observation))
  return () => {
    observations.get(observation)?.()
    observations.delete(observation)
  }
}

/** How many wait for one of a pool's connections. */
export const observePool = (name: string, waiting: () => number): (() => void) =>
  observe({
    instruments: [
      {
        name: 'db.client.connection.pending_requests',
        unit: '{request}',
        about: 'Who waits for a connection of the pool.',
        addsUp: true,
      },
    ],
    attributes: { 'db.client.connection.pool.name': name },
    read: () => [waiting()],
  })

/** Hands a record of the log on. */
export const exportLog: Logging = (level, message, detail) => attached.logging?.(level, message, detail)

/** What kind of error it was: a code or a class, never its message. */
export function errorTypeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  if (typeof code === 'string' && /^(?:[0-9A-Z]{5}|[A-Z][A-Z_0-9]{1,40})$/.test(code)) return code
  return typeof name === 'string' && /^\w{1,60}$/.test(name) ? name : 'error'
}
