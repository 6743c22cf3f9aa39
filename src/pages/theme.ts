/** Colors of reports and studio as variables of CSS, which follow the reader's light or dark theme; charts name them. */
export const THEME = `
:root {
  color-scheme: light dark;
  --page: #fff; --text: #1c2128; --muted: #5f6873; --line: #dfe3e8; --axis: #9aa3ad; --shade: #f5f7f9;
  --helped: #16794c; --harmed: #c2331f; --link: #1f5fc4;
  --series-0: #2f6fd6; --series-1: #e0801a; --series-2: #1f9a75; --series-3: #c0408f;
  --series-4: #7a5ae0; --series-5: #9a7b1c; --series-6: #2b9ac2; --series-7: #78828e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --text: #e4e8ed; --muted: #98a2ae; --line: #2d333b; --axis: #656f7b; --shade: #1c2128;
    --helped: #4cc38a; --harmed: #ff7b66; --link: #7fb0ff;
    --series-0: #6ba3ff; --series-1: #ffab57; --series-2: #4fd0a7; --series-3: #f283c6;
    --series-4: #ab94ff; --series-5: #d9bb5c; --series-6: #66cdf0; --series-7: #a5afbb;
  }
}
`
