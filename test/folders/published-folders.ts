import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Files by their path in the folder. */
export type Files = Readonly<Record<string, string>>

export async function writeFiles(folder: string, files: Files): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

const lines = (...rows: readonly string[]) => `${rows.join('\n')}\n`
/** `width` bits, of which those given are set. */
const bits = (width: number, ...set: readonly number[]) =>
  Array.from({ length: width }, (_, bit) => (set.includes(bit) ? 1 : 0)).join(' ')

// Three people, four coats.
const coat: Files = {
  'train.ascii': lines('5 0 3 0', '0 2 0 1', '4 0 0 0'),
  'test.ascii': lines('0 0 0 1', '3 0 0 0', '0 2 0 0'),
  'coat_pseudoGT_ratingM.ascii': lines('5 2 3 1', '3 2 2 1', '4 2 2 2'),
  'user_item_features/user_features.ascii': lines(bits(14, 0, 7, 10, 13), bits(14, 1, 2, 8, 11), bits(14, 0, 3, 9, 12)),
  'user_item_features/item_features.ascii': lines(
    bits(33, 0, 2, 18, 32),
    bits(33, 1, 3, 19, 31),
    bits(33, 0, 17, 30, 32),
    bits(33, 1, 10, 24, 32),
  ),
}

const yahoo: Files = {
  'ydata-ymusic-rating-study-v1_0-train.txt': lines('1\t1\t5', '1\t3\t1', '2\t2\t4', '3\t1\t2'),
  'ydata-ymusic-rating-study-v1_0-test.txt': lines('1\t2\t3', '2\t3\t1'),
  // The third user took no part in the test.
  'yahoo_pseudoGT_ratingM.ascii': lines('5 3 1', '2 4 1', '2 2 2'),
}

const USER_FEATURES = [
  ...['user_id', 'user_active_degree', 'is_lowactive_period', 'is_live_streamer', 'is_video_author', 'follow_user_num'],
  ...['follow_user_num_range', 'fans_user_num', 'fans_user_num_range', 'friend_user_num', 'friend_user_num_range'],
  ...['register_days', 'register_days_range', ...Array.from({ length: 18 }, (_, i) => `onehot_feat${i}`)],
]
const user = (id: number, degree: string, streamer: number, hot: string) =>
  [id, degree, 0, streamer, 1, 5, '(0-10]', 0, '0', 2, '[1-5)', 107, '61-90', hot, ...Array(17).fill(0)].join(',')

// Two users see all of three videos (but one pair), a third and a fourth video only stand in the log.
const kuairec: Files = {
  'data/big_matrix.csv': lines(
    'user_id,video_id,play_duration,video_duration,time,date,timestamp,watch_ratio',
    '0,10,2000,4000,2020-07-05 00:08:23.438,20200705,1593878903.438,0.5',
    '0,13,14000,2000,2020-07-05 00:09:00.000,20200705,1593878940.0,7.0',
    '1,11,3000,3000,2020-07-05 00:10:00.000,20200705,1593879000.0,1.0',
    '1,12,500,1000,2020-07-05 00:11:00.000,20200705,1593879060.0,0.5',
    '2,10,4000,4000,2020-07-05 00:12:00.000,20200705,1593879120.0,1.0',
  ),
  'data/small_matrix.csv': lines(
    'user_id,video_id,play_duration,video_duration,time,date,timestamp,watch_ratio',
    '0,10,8000,4000,2020-07-05 05:27:48.378,20200705,1593898068.378,2.0',
    '0,11,24000,3000,2020-07-05 05:28:00.000,20200705,1593898080.0,8.0',
    '1,10,0,4000,2020-07-05 05:29:00.000,20200705,1593898140.0,nan',
    '1,11,1500,3000,,,,0.5',
    '1,12,1500,1000,,,,1.5',
  ),
  'data/item_categories.csv': lines('video_id,feat', '10,[8]', '11,"[27, 9]"', '12,[9]', '13,"[11, 5, 24]"'),
  'data/user_features.csv': lines(
    USER_FEATURES.join(','),
    user(0, 'high_active', 0, '3'),
    user(1, 'UNKNOWN', -124, ''),
    user(2, 'full_active', 1, '3'),
    user(3, 'full_active', 1, '2'),
  ),
}

const RAND_LOG =
  'user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,is_hate,long_view,play_time_ms,duration_ms,profile_stay_time,comment_stay_time,is_profile_enter,is_rand,tab'
const exposure = (user: number, video: number, click: number, rand: number) =>
  `${user},${video},20220408,1200,${1649400000000 + 1000 * (10 * user + video)},${click},0,0,0,0,0,0,2000,4000,0,0,0,${rand},1`

// Six users, who click on the videos of even numbers; video 7 was never recommended.
const kuairand: Files = {
  'log_standard_4_08_to_4_21_pure.csv': lines(
    RAND_LOG,
    ...[0, 1, 2, 3, 4, 5].map((user) => exposure(user, user % 4, 1, 0)),
    ...[0, 1, 2].map((user) => exposure(user, user + 4, 0, 0)),
  ),
  'log_random_4_22_to_5_08_pure.csv': lines(
    RAND_LOG,
    ...[0, 1, 2, 3, 4, 5].flatMap((user) =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((video) => exposure(user, video, video % 2 === 0 ? 1 : 0, 1)),
    ),
  ),
  'user_features_pure.csv': lines(
    USER_FEATURES.join(','),
    ...[0, 1, 2, 3, 4, 5].map((id) => user(id, id === 3 ? 'UNKNOWN' : 'high_active', 0, '3')),
  ),
  'video_features_basic_pure.csv': lines(
    'video_id,author_id,video_type,upload_dt,upload_type,visible_status,video_duration,server_width,server_height,music_id,music_type,tag',
    ...[0, 1, 2, 3, 4, 5, 6, 7].map(
      (id) =>
        `${id},9,NORMAL,2022-03-31,ShortImport,public,${id === 5 ? '' : 1500 * (id + 1)},720,1280,3,9.0,${['', '12', '"12,65"'][id % 3]}`,
    ),
  ),
}

/** A folder of each published data set as its publisher lays it out, a few rows each. A new reader of folders needs one here. */
export const PUBLISHED: Readonly<Record<string, Files>> = { coat, 'yahoo-r3': yahoo, kuairec, kuairand }
