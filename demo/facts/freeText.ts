/** What a customer wrote: stays in the Store, encrypted. */
export interface FreeText {
  kind: 'complaints' | 'responses'
  /** Row of the fact it belongs to. */
  row: number
  text: string
}
