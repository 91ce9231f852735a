export type Signal = 'traces' | 'metrics' | 'logs'
export type Protocol = 'http/protobuf' | 'http/json'

export interface Settings {
  /** The signals that are on, and how each is spoken. */
  signals: Partial<Record<Signal, Protocol>>
  sampler: { root: 'on' | 'off' | 'ratio'; ratio: number; followsParent: boolean }
  /** What was asked for and is not done, by variable. */
  notUnderstood: string[]
}

type Environment = Record<string, string | undefined>

/**
 * What the OTEL_* variables ask for; undefined where nothing is to be sent. Only what the official packages leave to
 * their caller is read here: endpoints, headers, certificates, timeouts and compression the exporters read themselves.
 */
export function readSettings(env: Environment): Settings | undefined {
  if (read(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined
  const notUnderstood: string[] = []
  const signals: Settings['signals'] = {}
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    const protocol = protocolOf(signal, env, notUnderstood)
    if (protocol) signals[signal] = protocol
  }
  const settings = { signals, sampler: samplerOf(env, notUnderstood), notUnderstood }
  return Object.keys(signals).length > 0 || notUnderstood.length > 0 ? settings : undefined
}

function protocolOf(signal: Signal, env: Environment, notUnderstood: string[]): Protocol | undefined {
  const name = signal.toUpperCase()
  const exporter = read(env, `OTEL_${name}_EXPORTER`)
  // Elsewhere, no endpoint means this machine's; here it means that nobody asked for telemetry.
  const endpoints = [`OTEL_EXPORTER_OTLP_${name}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT']
  const endpoint = endpoints.find((variable) => read(env, variable))
  if (exporter === 'none' || (!endpoint && exporter !== 'otlp')) return undefined
  if (exporter !== undefined && exporter !== 'otlp') {
    notUnderstood.push(`OTEL_${name}_EXPORTER`)
    return undefined
  }
  // The exporters would take the standard address in the place of one that they cannot read.
  if (endpoint && !/^https?:$/.test(URL.parse(read(env, endpoint) as string)?.protocol ?? '')) {
    notUnderstood.push(endpoint)
    return undefined
  }
  const spoken = [`OTEL_EXPORTER_OTLP_${name}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL']
  const variable = spoken.find((candidate) => read(env, candidate))
  const protocol = variable ? read(env, variable) : 'http/protobuf'
  if (protocol === 'http/protobuf' || protocol === 'http/json') return protocol
  notUnderstood.push(variable as string)
  return undefined
}

const samplers: Record<string, Omit<Settings['sampler'], 'ratio'>> = {
  always_on: { root: 'on', followsParent: false },
  always_off: { root: 'off', followsParent: false },
  traceidratio: { root: 'ratio', followsParent: false },
  parentbased_always_on: { root: 'on', followsParent: true },
  parentbased_always_off: { root: 'off', followsParent: true },
  parentbased_traceidratio: { root: 'ratio', followsParent: true },
}

function samplerOf(env: Environment, notUnderstood: string[]): Settings['sampler'] {
  const name = read(env, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on'
  const known = Object.hasOwn(samplers, name) ? samplers[name] : undefined
  if (!known) notUnderstood.push('OTEL_TRACES_SAMPLER')
  const argument = known?.root === 'ratio' ? read(env, 'OTEL_TRACES_SAMPLER_ARG') : undefined
  const ratio = Number(argument ?? 1)
  const usable = ratio >= 0 && ratio <= 1
  if (!usable) notUnderstood.push('OTEL_TRACES_SAMPLER_ARG')
  return { ...(known ?? samplers.parentbased_always_on!), ratio: usable ? ratio : 1 }
}

/** A whole number of milliseconds or things; undefined leaves the package's own default. */
export function wholeNumber(env: Environment, variable: string): number | undefined {
  const value = Number(read(env, variable))
  return Number.isInteger(value) && value > 0 ? value : undefined
}

/** Without what is undefined: it would take the place of a default, or be sent as an empty value. */
export const given = <T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never

/** An empty variable counts as none, as the specification has it. */
const read = (env: Environment, variable: string): string | undefined => env[variable]?.trim() || undefined
