/** What we use of jStat, which has no types of its own. */
declare module 'jstat' {
  const jStat: { readonly studentt: { inv(probability: number, degrees: number): number } }
  export default jStat
}
