/** A text in both languages of the product. Every text a person reads is one of these. */
export interface Text {
  zh: string
  en: string
}

export type Language = keyof Text
