export { diagnostic } from './data/diagnostic.ts'
export { overview } from './data/overview.ts'
export { touchpointDetail } from './data/touchpoint.ts'
