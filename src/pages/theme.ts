/**
 * Colors of reports and studio as variables of CSS, which follow the reader's light or dark theme; charts name them. Series are neither
 * green nor red nor gray: those are verdicts.
 */
export const THEME = `
:root {
  color-scheme: light dark;
  --page: #fff; --text: #1c2128; --muted: #5f6873; --line: #dfe3e8; --axis: #9aa3ad; --shade: #f5f7f9;
  --helped: #16794c; --harmed: #c2331f; --link: #1f5fc4;
  --series-0: #2f6fd6; --series-1: #c9700f; --series-2: #1391ab; --series-3: #c0408f;
  --series-4: #7a5ae0; --series-5: #8a6d14; --series-6: #3d4f9e; --series-7: #8c5a3c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --text: #e4e8ed; --muted: #98a2ae; --line: #2d333b; --axis: #656f7b; --shade: #1c2128;
    --helped: #4cc38a; --harmed: #ff7b66; --link: #7fb0ff;
    --series-0: #6ba3ff; --series-1: #ffab57; --series-2: #4fcbe6; --series-3: #f283c6;
    --series-4: #ab94ff; --series-5: #d9bb5c; --series-6: #a9b8f5; --series-7: #cf9b7c;
  }
}
`
