/** A smaller scope from one that was minted: the only minting that features may ask for, for it never widens. */
export { narrow } from './mint.ts'
