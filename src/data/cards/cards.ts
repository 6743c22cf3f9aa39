/** A file of a published set as our pages use it. */
export interface CardFile {
  /** Below the folder of the set; a copy that is gzipped (`.gz`) or is not counts as well. */
  readonly path: string
  /** Rows of data, the header not counted. */
  readonly rows: number
  /** What the first line begins with; absent where it is data. */
  readonly header?: readonly string[]
}

/** Where a published set is from, under which terms, and what a whole copy of it holds. */
export interface DataCard {
  readonly name: string
  readonly summary: string
  readonly from: string
  readonly terms: string
  readonly files: readonly CardFile[]
}

const AMAZON =
  'the code that ships it states none; Amazon product reviews are offered for research, with a request to cite'
const splitFile = (name: string): CardFile => ({
  path: `splits/${name}.tsv`,
  rows: 31_820,
  header: ['user', 'item', 'domain', 'timestamp', 'part'],
})
const candidateFile = (name: string, rows: number): CardFile => ({
  path: `splits/${name}.tsv`,
  rows,
  header: ['user', 'answer', 'n0', 'n1'],
})
const shown = ['', 'timestamp', 'item_id', 'position', 'click', 'propensity_score']
const catalogue = ['item', 'name', 'genres']

/** The sets of docs/results, as docs/reproduce.md lays them out. */
export const DATA_CARDS: readonly DataCard[] = [
  {
    name: 'amazon5',
    summary: 'five Amazon domains with shared users and times: 182,044 reviews of 5,000 users',
    from: 'GitHub cpark88/CGRec',
    terms: AMAZON,
    files: [
      splitFile('mixed'),
      splitFile('per_domain'),
      candidateFile('neg100_indomain_mixed_test', 2601),
      candidateFile('neg100_alldomain_mixed_test', 2601),
      candidateFile('neg100_indomain_per_domain_test', 3716),
    ],
  },
  {
    name: 'amazon-books-movies-rated',
    summary: 'ratings of books and films by active users of both, without times',
    from: 'GitHub RaghavPu/wasserstein-cdr-embeddings',
    terms: AMAZON,
    files: [{ path: 'ratings.tsv', rows: 106_172, header: ['user', 'item', 'domain', 'rating'] }],
  },
  {
    name: 'ciao',
    summary: 'ratings in 28 categories with shared users and times',
    from: 'GitHub vinhqdang/trust_predict_ciao_epinions; names of categories from dhdschool/higher-order-gnn',
    terms: 'its publisher states none and asks to cite Tang et al. (mTrust, eTrust, 2012)',
    files: [
      {
        path: 'ratings.tsv',
        rows: 284_086,
        header: ['user', 'item', 'category', 'rating', 'helpfulness', 'timestamp'],
      },
      { path: 'categories.tsv', rows: 28, header: ['category', 'name'] },
    ],
  },
  {
    name: 'ml-latest-small',
    summary: 'MovieLens of September 2018: ratings of 610 users with titles, genres and times',
    from: 'GroupLens, MovieLens Latest Datasets (small)',
    terms: "GroupLens': research, acknowledged; passed on under the same terms; nothing commercial without permission",
    files: [
      { path: 'ratings.csv', rows: 100_836, header: ['userId', 'movieId', 'rating', 'timestamp'] },
      { path: 'movies.csv', rows: 9742, header: ['movieId', 'title', 'genres'] },
    ],
  },
  {
    name: 'coat',
    summary: 'ratings of coats, chosen and random, with features and a completed matrix',
    from: 'GitHub DongHande/AutoDebias; the completed matrix from BetsyHJ/RL4Rec',
    terms: 'offered for research by Schnabel et al. (2016), without a licence; both repositories are MIT',
    files: [
      { path: 'train.csv', rows: 6960, header: ['user', 'item', 'rating'] },
      { path: 'test.csv', rows: 4640, header: ['user', 'item', 'rating'] },
      { path: 'pseudo_gt.csv', rows: 290 },
      { path: 'user_features.csv', rows: 290, header: ['gender:men', 'gender:women'] },
      { path: 'item_features.csv', rows: 300, header: ['gender:men', 'gender:women'] },
    ],
  },
  {
    name: 'obd-men',
    summary: 'the Open Bandit Dataset, small version, campaign men: two logs with true propensities',
    from: 'GitHub st-tech/zr-obp',
    terms:
      'the repository is Apache-2.0; commonly cited as CC BY 4.0 (see research.zozo.com); cite Saito et al. (2020)',
    files: [
      { path: 'random.csv', rows: 10_000, header: shown },
      { path: 'bts.csv', rows: 10_000, header: shown },
    ],
  },
  {
    name: 'llm-billp-trajectories',
    summary: 'recommendation episodes played by GPT-3.5, with catalogues of games and books',
    from: 'GitHub jizhi-zhang/BiLLP',
    terms: 'the repository is MIT',
    files: [
      { path: 'episodes.jsonl', rows: 1300 },
      { path: 'items_steam.tsv', rows: 6012, header: catalogue },
      { path: 'items_amazon.tsv', rows: 13_864, header: catalogue },
    ],
  },
]
