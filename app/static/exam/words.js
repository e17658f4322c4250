// Every word the exam room says, in Indonesian (the source) and English. Named places such as {count} are filled in.
//
// It refuses to guess: a word that is missing in a language is a fault that the tests find, not an empty label.

const id = {
  language_name: "Bahasa Indonesia",
  product: "Ruang Ujian",
  help: "Butuh bantuan? Angkat tangan dan panggil pengawas.",
  close: "Tutup",
  back: "Kembali",

  login_title: "Masuk",
  login_intro: "Isi sesuai kartu login Anda.",
  number: "Nomor peserta",
  password: "Kata sandi",
  show_password: "Perlihatkan yang diketik",
  login: "Masuk",
  fill_number: "Isi nomor peserta.",
  fill_password: "Isi kata sandi.",
  login_again: "Masuk sekali lagi. Jawaban Anda aman di komputer ini.",
  storage_off: "Peramban ini tidak dapat menyimpan jawaban di komputer dengan cara biasa. Jawaban tetap dikirim ke server; beri tahu pengawas.",
  waiting_elsewhere: "{count} jawaban dari ujian sebelumnya di komputer ini sedang dikirim ke server.",

  wait_title: "Sebentar, Anda dalam antrean",
  wait_place: "Nomor antrean Anda",
  wait_next: "Halaman ini melanjutkan sendiri. Anda tidak perlu menekan apa pun.",
  wait_time: "Waktu ujian baru dihitung setelah Anda menekan Mulai. Menunggu di sini tidak menguranginya.",
  wait_time_working: "Waktu dihitung oleh server. Jika server berhenti, proktor dapat mengembalikan waktu Anda.",
  wait_again: "Dicoba lagi dalam {seconds} detik.",
  wait_now: "Sedang mencoba …",
  away_title: "Menunggu server",
  away_text: "Server di ruang ini belum menjawab. Halaman ini mencoba lagi sendiri.",
  away_call: "Jika lebih dari satu menit, panggil pengawas.",

  seat_title: "Anda masih tercatat di komputer lain",
  seat_next: "Jika Anda memang pindah ke komputer ini, minta proktor menyetujuinya.",
  seat_ask: "Minta pindah komputer",
  seat_asked: "Permintaan terkirim. Tunggu persetujuan proktor.",
  seat_auto: "Begitu disetujui, halaman ini melanjutkan sendiri.",
  seat_time: "Waktu yang hilang karena pindah komputer dapat dikembalikan oleh proktor.",
  seat_refused: "Proktor tidak menyetujui permintaan ini. Tanyakan kepada pengawas.",

  confirm_title: "Konfirmasi Data Peserta",
  confirm_intro: "Periksa data Anda. Jika ada yang salah, jangan lanjut; panggil pengawas.",
  name: "Nama peserta",
  gender: "Jenis kelamin",
  gender_L: "Laki-laki",
  gender_P: "Perempuan",
  class_name: "Kelas",
  subject: "Mata uji",
  date: "Tanggal",
  seat: "Nomor tempat duduk",
  token: "Token",
  token_hint: "Enam huruf atau angka yang dibacakan pengawas.",
  fill_token: "Isi token yang dibacakan pengawas.",
  send_token: "Lanjut",
  not_me: "Ini bukan data saya",

  test_title: "Konfirmasi Tes",
  test_name: "Nama tes",
  length: "Lama ujian",
  minutes: "{count} menit",
  question_count: "Jumlah soal",
  rules: "Sebelum mulai",
  rule_saved: "Setiap jawaban disimpan sendiri. Jika server terputus, teruskan saja.",
  rule_doubt: "Tandai soal yang belum yakin dengan Ragu-ragu. Anda dapat kembali kapan saja.",
  rule_finish: "Tombol Selesai dapat ditekan setelah {minutes} menit.",
  rule_finish_any: "Tekan Selesai jika semua soal sudah Anda periksa.",
  rule_time: "Waktu mulai dihitung begitu Anda menekan Mulai.",
  start: "Mulai",

  question_no: "Soal no.",
  question_of: "dari {count}",
  text_size: "Ukuran huruf",
  size_1: "Huruf biasa",
  size_2: "Huruf besar",
  size_3: "Huruf sangat besar",
  time_left: "Sisa waktu",
  warn_10: "Kurang dari 10 menit",
  warn_5: "Kurang dari 5 menit",
  warn_1: "Kurang dari 1 menit",
  previous: "Soal sebelumnya",
  doubtful: "Ragu-ragu",
  next: "Soal berikutnya",
  next_short: "Berikutnya",
  finish: "Selesai",
  list: "Daftar soal",
  finish_later: "Selesai dapat ditekan {time} lagi.",
  saved: "Tersimpan",
  saving: "Menyimpan …",
  saved_away: "Menunggu server – jawaban aman di komputer ini ({count} menunggu)",
  saved_away_none: "Menunggu server – teruskan saja, jawaban aman di komputer ini",
  saved_refused: "{count} jawaban ditolak server ({code}). Panggil pengawas; ujian dapat diteruskan.",
  stimulus: "Bacaan",
  question: "Soal",

  state_empty: "belum dijawab",
  state_answered: "sudah dijawab",
  state_doubtful: "ragu-ragu",
  legend_empty: "Belum dijawab",
  legend_answered: "Sudah dijawab",
  current: "sedang dibuka",
  count_line: "{answered} dari {count} soal dijawab, {doubtful} ragu-ragu",

  hint_single: "Pilih satu jawaban.",
  hint_multiple: "Pilih semua jawaban yang benar. Jawaban benar dapat lebih dari satu.",
  hint_category: "Pilih satu jawaban pada setiap baris.",
  hint_matching: "Pilih pasangan setiap baris. Satu baris dapat mempunyai lebih dari satu pasangan.",
  hint_short: "Tulis jawaban singkat.",
  hint_essay: "Tulis jawaban Anda. Tulisan disimpan sendiri saat Anda mengetik.",
  answer: "Jawaban",
  choices: "Pilihan",
  statement: "Pernyataan",
  clear: "Kosongkan jawaban",
  characters: "{count} karakter",
  characters_full: "{count} karakter. Batasnya sudah tercapai.",
  picture: "Gambar",
  picture_full: "Ukuran penuh atau pas di layar",
  enlarge: "Perbesar gambar",
  scroll_table: "Tabel, dapat digeser",
  recording: "Rekaman",
  play: "Putar rekaman",
  play_continue: "Lanjutkan rekaman",
  plays_left: "Dapat diputar {count} kali lagi.",
  plays_none: "Rekaman sudah diputar sebanyak yang dibolehkan.",
  playing: "Sedang diputar: {now} dari {total}",
  playing_soon: "Rekaman sedang disiapkan …",
  play_failed: "Rekaman belum dapat diputar. Putaran ini tidak hilang. Coba lagi, atau panggil pengawas.",
  playing_title: "Rekaman masih diputar",
  playing_text: "Dengarkan sampai selesai, lalu lanjut ke soal lain. Rekaman tidak dapat diulang dari tengah.",
  playing_stay: "Tetap di soal ini",

  summary_title: "Periksa sebelum selesai",
  summary_all: "Semua soal sudah dijawab.",
  summary_empty: "Belum dijawab ({count})",
  summary_doubtful: "Masih ragu-ragu ({count})",
  summary_go: "Buka soal nomor {number}",
  summary_back: "Kembali ke soal",
  sure_title: "Selesaikan tes?",
  sure_text: "Setelah selesai, jawaban tidak dapat diubah lagi.",
  sure_empty: "Masih ada {count} soal yang belum dijawab.",
  sure_check: "Saya sudah memeriksa jawaban saya dan ingin menyelesaikan tes.",
  sure_check_first: "Centang dulu pernyataan di atas.",
  finishing: "Mengirim jawaban terakhir …",
  finishing_wait: "{count} jawaban masih dikirim. Jangan matikan komputer.",
  finishing_away: "Server belum menjawab. Jawaban Anda aman di komputer ini dan dikirim sendiri begitu server kembali.",

  done_title: "Tes selesai",
  done_text: "Jawaban Anda sudah diterima server.",
  done_receipt: "Kode bukti",
  done_receipt_hint: "Catat kode ini jika diminta pengawas.",
  done_answered: "{answered} dari {count} soal dijawab.",
  done_leave: "Tunggu petunjuk pengawas sebelum meninggalkan ruangan.",
  done_exit: "Keluar",
  done_closed: "Ujian Anda sudah ditutup oleh server.",

  up_title: "Waktu habis",
  up_text: "Soal sudah dikunci. Semua jawaban yang Anda tulis sebelum waktu habis tetap disimpan.",
  up_wait: "Server sedang menutup ujian Anda. Anda tidak perlu menekan apa pun.",
  up_waiting: "{count} jawaban masih dikirim. Jangan matikan komputer.",

  moved_title: "Anda dipindahkan ke komputer lain",
  moved_text: "Ujian Anda dilanjutkan di komputer lain, jadi komputer ini dikunci. Jika Anda tetap di sini, hubungi proktor.",
  moved_sending: "Jawaban terakhir dari komputer ini sedang dikirim ({count} menunggu).",
  moved_sent: "Semua jawaban dari komputer ini sudah diterima server.",
  moved_login: "Masuk lagi di komputer ini",

  tab_title: "Ujian dibuka di tab lain",
  tab_text: "Ujian ini sekarang dikerjakan di tab lain di komputer yang sama. Jawaban di tab ini sudah aman.",
  tab_here: "Lanjutkan di tab ini",
  tab_taken: "Ujian ini tadi terbuka di tab lain. Sekarang dilanjutkan di sini; tab lain itu dikunci.",

  error_title: "Belum dapat dilanjutkan",
  error_code: "Kode: {code}",
  error_retry: "Coba lagi",
  error_unknown: "Terjadi kesalahan yang tidak terduga.",
  error_unknown_next: "Coba lagi. Jika tetap muncul, bacakan kodenya kepada proktor.",
};

const en = {
  language_name: "English",
  product: "Exam Room",
  help: "Need help? Raise your hand and call the invigilator.",
  close: "Close",
  back: "Back",

  login_title: "Log in",
  login_intro: "Type what your login card says.",
  number: "Participant number",
  password: "Password",
  show_password: "Show what I type",
  login: "Log in",
  fill_number: "Type your participant number.",
  fill_password: "Type your password.",
  login_again: "Log in once more. Your answers are safe on this computer.",
  storage_off: "This browser cannot keep answers on the computer in the usual way. Answers still go to the server; tell the invigilator.",
  waiting_elsewhere: "{count} answers of an earlier exam on this computer are being sent to the server.",

  wait_title: "One moment, you are in the queue",
  wait_place: "Your place in the queue",
  wait_next: "This page goes on by itself. You need not press anything.",
  wait_time: "Your time starts when you press Start. You lose none of it while you wait here.",
  wait_time_working: "The server keeps the time. If the server stopped, the proctor can give the time back.",
  wait_again: "Trying again in {seconds} seconds.",
  wait_now: "Trying …",
  away_title: "Waiting for the server",
  away_text: "The server in this room has not answered yet. This page tries again by itself.",
  away_call: "If it takes more than a minute, call the invigilator.",

  seat_title: "You are still at another computer",
  seat_next: "If you really have moved to this computer, ask the proctor to approve it.",
  seat_ask: "Ask to move computer",
  seat_asked: "The request is sent. Wait for the proctor's approval.",
  seat_auto: "Once it is approved, this page goes on by itself.",
  seat_time: "The proctor can give back the time lost by moving.",
  seat_refused: "The proctor did not approve this request. Ask the invigilator.",

  confirm_title: "Confirm your details",
  confirm_intro: "Check your details. If anything is wrong, do not go on; call the invigilator.",
  name: "Name",
  gender: "Gender",
  gender_L: "Male",
  gender_P: "Female",
  class_name: "Class",
  subject: "Subject",
  date: "Date",
  seat: "Seat number",
  token: "Token",
  token_hint: "Six letters or digits that the invigilator reads out.",
  fill_token: "Type the token that the invigilator reads out.",
  send_token: "Continue",
  not_me: "These are not my details",

  test_title: "Confirm the test",
  test_name: "Test",
  length: "Length",
  minutes: "{count} minutes",
  question_count: "Number of questions",
  rules: "Before you start",
  rule_saved: "Every answer is saved by itself. If the server is away, simply go on.",
  rule_doubt: "Mark a question you are not sure of with Doubtful. You can come back at any time.",
  rule_finish: "You can press Finish after {minutes} minutes.",
  rule_finish_any: "Press Finish once you have checked all questions.",
  rule_time: "Your time starts when you press Start.",
  start: "Start",

  question_no: "Question",
  question_of: "of {count}",
  text_size: "Text size",
  size_1: "Normal text",
  size_2: "Large text",
  size_3: "Very large text",
  time_left: "Time left",
  warn_10: "Less than 10 minutes",
  warn_5: "Less than 5 minutes",
  warn_1: "Less than 1 minute",
  previous: "Previous question",
  doubtful: "Doubtful",
  next: "Next question",
  next_short: "Next",
  finish: "Finish",
  list: "Question list",
  finish_later: "You can press Finish in {time}.",
  saved: "Saved",
  saving: "Saving …",
  saved_away: "Waiting for the server – answers are safe on this computer ({count} waiting)",
  saved_away_none: "Waiting for the server – go on, answers are safe on this computer",
  saved_refused: "{count} answers were refused by the server ({code}). Call the invigilator; you can go on.",
  stimulus: "Text",
  question: "Question",

  state_empty: "not answered",
  state_answered: "answered",
  state_doubtful: "doubtful",
  legend_empty: "Not answered",
  legend_answered: "Answered",
  current: "open now",
  count_line: "{answered} of {count} questions answered, {doubtful} doubtful",

  hint_single: "Choose one answer.",
  hint_multiple: "Choose all right answers. There can be more than one.",
  hint_category: "Choose one answer in each row.",
  hint_matching: "Choose what belongs to each row. A row can have more than one partner.",
  hint_short: "Write a short answer.",
  hint_essay: "Write your answer. It is saved by itself while you type.",
  answer: "Answer",
  choices: "Choices",
  statement: "Statement",
  clear: "Clear the answer",
  characters: "{count} characters",
  characters_full: "{count} characters. This is the limit.",
  picture: "Picture",
  picture_full: "Full size or fit to screen",
  enlarge: "Enlarge the picture",
  scroll_table: "Table, can be scrolled",
  recording: "Recording",
  play: "Play the recording",
  play_continue: "Continue the recording",
  plays_left: "Can be played {count} more times.",
  plays_none: "The recording has been played as often as allowed.",
  playing: "Playing: {now} of {total}",
  playing_soon: "Preparing the recording …",
  play_failed: "The recording cannot be played yet. This play is not lost. Try again, or call the invigilator.",
  playing_title: "The recording is still playing",
  playing_text: "Listen to the end, then go on to another question. A recording cannot be repeated from the middle.",
  playing_stay: "Stay at this question",

  summary_title: "Check before you finish",
  summary_all: "All questions are answered.",
  summary_empty: "Not answered ({count})",
  summary_doubtful: "Still doubtful ({count})",
  summary_go: "Open question number {number}",
  summary_back: "Back to the questions",
  sure_title: "Finish the test?",
  sure_text: "Once finished, answers can no longer be changed.",
  sure_empty: "{count} questions are not answered yet.",
  sure_check: "I have checked my answers and want to finish the test.",
  sure_check_first: "First tick the sentence above.",
  finishing: "Sending the last answers …",
  finishing_wait: "{count} answers are still being sent. Do not switch off the computer.",
  finishing_away: "The server has not answered yet. Your answers are safe on this computer and go out by themselves once it is back.",

  done_title: "Test finished",
  done_text: "The server has received your answers.",
  done_receipt: "Receipt code",
  done_receipt_hint: "Write this code down if the invigilator asks for it.",
  done_answered: "{answered} of {count} questions answered.",
  done_leave: "Wait for the invigilator before you leave the room.",
  done_exit: "Log out",
  done_closed: "The server has closed your exam.",

  up_title: "Time is up",
  up_text: "The questions are locked. Every answer you wrote in time is kept.",
  up_wait: "The server is closing your exam. You need not press anything.",
  up_waiting: "{count} answers are still being sent. Do not switch off the computer.",

  moved_title: "You were moved to another computer",
  moved_text: "Your exam goes on at another computer, so this one is locked. If you stay here, ask the proctor.",
  moved_sending: "The last answers from this computer are being sent ({count} waiting).",
  moved_sent: "The server has received all answers from this computer.",
  moved_login: "Log in again on this computer",

  tab_title: "The exam is open in another tab",
  tab_text: "This exam is now worked on in another tab of this computer. The answers in this tab are safe.",
  tab_here: "Go on in this tab",
  tab_taken: "This exam was open in another tab. It goes on here; the other tab is locked.",

  error_title: "This cannot go on yet",
  error_code: "Code: {code}",
  error_retry: "Try again",
  error_unknown: "Something unexpected went wrong.",
  error_unknown_next: "Try again. If it stays, read the code to the proctor.",
};

const MONTHS = {
  id: ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"],
  en: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
};
const ZONES = { "Asia/Jakarta": ["WIB", 7], "Asia/Pontianak": ["WIB", 7], "Asia/Makassar": ["WITA", 8], "Asia/Jayapura": ["WIT", 9] };

export const CATALOGUES = { id, en };

let language = "id";

/** The language now spoken: "id" or "en". */
export const spoken = () => language;

/** Speak `wanted` from now on; an unknown language is Indonesian. */
export function speak(wanted) {
  language = CATALOGUES[wanted] ? wanted : "id";
  document.documentElement.lang = language;
}

/** The sentence called `name` with its places filled in. Throws if there is none. */
export function say(name, values = {}) {
  const sentence = CATALOGUES[language][name];
  if (sentence === undefined) throw new Error(`no words for ${name}`);
  return sentence.replace(/\{(\w+)\}/g, (place, key) => (key in values ? values[key] : place));
}

/** `23 November 2026, 07.30 WIB` of an ISO time and an IANA zone of Indonesia (WIB if the zone is unknown). */
export function dateAndTime(iso, zone) {
  const [name, hours] = ZONES[zone] || Object.values(ZONES).find(([short]) => short === zone) || ZONES["Asia/Jakarta"];
  const there = new Date(new Date(iso).getTime() + hours * 3600000);
  if (Number.isNaN(there.getTime())) return "";
  const two = (figure) => String(figure).padStart(2, "0");
  const clock = `${two(there.getUTCHours())}.${two(there.getUTCMinutes())}`;
  return `${there.getUTCDate()} ${MONTHS[language][there.getUTCMonth()]} ${there.getUTCFullYear()}, ${clock} ${name}`;
}

/** Milliseconds as `01:23:45`, rounded up to the second so that zero means zero. */
export function duration(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** Milliseconds in words: `12 menit 5 detik`. */
export function durationInWords(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  const units = language === "id" ? ["menit", "detik"] : [minutes === 1 ? "minute" : "minutes", rest === 1 ? "second" : "seconds"];
  return [minutes && `${minutes} ${units[0]}`, (rest || !minutes) && `${rest} ${units[1]}`].filter(Boolean).join(" ");
}

/** A whole number the way the language writes it. */
export function figure(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, language === "id" ? "." : ",");
}
