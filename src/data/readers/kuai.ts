/** Columns of `user_features.csv` and `user_features_pure.csv` that the offline-RL papers use; 'UNKNOWN' and −124 are none. */
const USER_LABELS = [
  ...['user_active_degree', 'is_live_streamer', 'is_video_author', 'follow_user_num_range', 'fans_user_num_range'],
  ...['friend_user_num_range', 'register_days_range', ...Array.from({ length: 18 }, (_, i) => `onehot_feat${i}`)],
]

/** The columns of a user file of Kuaishou's data sets that are read. */
export const KUAI_USER_COLUMNS: readonly string[] = ['user_id', ...USER_LABELS]

/** One row a user with a text a feature, from a table of `KUAI_USER_COLUMNS`. */
export function kuaiUsers(table: string): string {
  const labels = USER_LABELS.map((name) => `CASE WHEN ${name} NOT IN ('UNKNOWN', '-124') THEN ${name} END AS ${name}`)
  return `(SELECT user_id AS "user", ${labels.join(', ')} FROM ${table})`
}
