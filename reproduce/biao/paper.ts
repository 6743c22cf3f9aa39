// What the paper reports, on Amazon.
import { short } from '../shared/figures.ts'
import { table } from '../shared/markdown.ts'

const PAIRS = ['Books-Movies', 'Books-CDs', 'Books-Elec', 'Books-Toys', 'CDs-Cloth', 'CDs-Kitchen', 'Elec-Cloth']

/** Tables 1 and 2. */
const AUC: Readonly<Record<string, readonly number[]>> = {
  'MiNet-S': [0.7557, 0.7019, 0.6585, 0.6706, 0.5913, 0.6161, 0.6001],
  'MiNet-0': [0.7508, 0.6995, 0.6523, 0.6658, 0.595, 0.6094, 0.5885],
  MiNet: [0.7616, 0.708, 0.654, 0.6711, 0.5876, 0.6079, 0.5966],
  'MiNet+BIAO': [0.7639, 0.7145, 0.6678, 0.6883, 0.602, 0.6212, 0.6099],
  'MiNet+BIAO, w/o global': [0.7632, 0.711, 0.6645, 0.6843, 0.6016, 0.6194, 0.606],
  'MiNet+BIAO, w/o user': [0.7618, 0.705, 0.6657, 0.6792, 0.591, 0.6216, 0.6048],
  'CoNet-S': [0.7633, 0.7165, 0.6758, 0.6918, 0.5999, 0.6465, 0.6152],
  'CoNet-0': [0.7643, 0.7196, 0.6808, 0.6927, 0.6134, 0.6471, 0.6206],
  CoNet: [0.7693, 0.7239, 0.6764, 0.6989, 0.611, 0.6471, 0.6238],
  'CoNet+BIAO': [0.7721, 0.7274, 0.6864, 0.7048, 0.6176, 0.6558, 0.6308],
  'CoNet+BIAO, w/o global': [0.7715, 0.7265, 0.6827, 0.7032, 0.6172, 0.6524, 0.6266],
  'CoNet+BIAO, w/o user': [0.7692, 0.7254, 0.6829, 0.6935, 0.6176, 0.6521, 0.6263],
}
/** Table 3 on Books-CDs, CDs-Cloth and Elec-Cloth: MiNet, then CoNet. */
const SPLITS: Readonly<Record<string, readonly number[]>> = {
  '0.01': [0.7037, 0.6016, 0.5996, 0.7227, 0.6176, 0.6244],
  '0.05': [0.7019, 0.5982, 0.5993, 0.7204, 0.616, 0.6237],
  '0.1': [0.696, 0.5945, 0.597, 0.7176, 0.6114, 0.6254],
  reused: [0.7145, 0.602, 0.6099, 0.7274, 0.6176, 0.6308],
}
/** Table 5 on Books-CDs and Books-Toys: DASL-S, -0, whole, with BIAO. */
const DASL: Readonly<Record<string, readonly number[]>> = {
  'Books-CDs': [0.7106, 0.7128, 0.71, 0.7165],
  'Books-Toys': [0.6771, 0.6786, 0.6734, 0.6842],
}

const rows = (figures: Readonly<Record<string, readonly number[]>>) =>
  Object.entries(figures).map(([name, values]) => [name, ...values.map((value) => short(value))])

export function paperSections(): string[] {
  return [
    '## The paper, on Amazon',
    '',
    'Tables 1 and 2:',
    '',
    table(['', ...PAIRS], rows(AUC)),
    '',
    'Table 3, dev rows split off:',
    '',
    table(
      [
        '',
        ...['MiNet', 'CoNet'].flatMap((base) =>
          ['Books-CDs', 'CDs-Cloth', 'Elec-Cloth'].map((pair) => `${base}, ${pair}`),
        ),
      ],
      rows(SPLITS),
    ),
    '',
    'Table 5:',
    '',
    table(['', 'DASL-S', 'DASL-0', 'DASL', 'DASL+BIAO'], rows(DASL)),
    '',
  ]
}
