/** The one file that the sample has to give. */
export const TIDES = {
  name: 'tides.csv',
  type: 'text/csv; charset=utf-8',
  content: `harbour,high water,low water
Brest,04:12,10:25
Helgoland,11:38,05:02
Rotterdam,02:47,09:54
`,
} as const;
