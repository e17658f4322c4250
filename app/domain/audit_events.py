"""The catalogue of what the audit log records: one name an event, who causes it, and what it says to a reader.

An action that is not here cannot be logged, and pages show the description from here, never the bare name. What a
student does alone has no line: login and start stand in the attempt, saves in the journal. Five hundred come at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.wording import N_


class Side(StrEnum):
    """Whose log an event belongs to."""

    PUSAT = "pusat"
    SEKOLAH = "sekolah"
    BOTH = "both"


class AuditEvent(StrEnum):
    """Names as they are stored; never rename one, old logs keep it."""

    SERVER_STARTED = "server_started"
    STAFF_CREATED = "staff_created"
    STAFF_CHANGED = "staff_changed"
    STAFF_SIGNED_IN = "staff_signed_in"
    STAFF_SIGNED_OUT = "staff_signed_out"
    SIGN_IN_REFUSED = "sign_in_refused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    AUDIT_VERIFIED = "audit_verified"
    # the centre
    SCHOOL_SAVED = "school_saved"
    SCHOOL_DELETED = "school_deleted"
    SERVER_ADDED = "server_added"
    SERVER_CHANGED = "server_changed"
    SERVER_DELETED = "server_deleted"
    ROOM_SAVED = "room_saved"
    ROOM_DELETED = "room_deleted"
    ACTIVATION_CODE_ISSUED = "activation_code_issued"
    SERVER_ACTIVATED = "server_activated"
    PARTICIPANTS_IMPORTED = "participants_imported"
    PARTICIPANT_CHANGED = "participant_changed"
    PARTICIPANT_DELETED = "participant_deleted"
    BANK_SAVED = "bank_saved"
    BANK_DELETED = "bank_deleted"
    QUESTIONS_IMPORTED = "questions_imported"
    QUESTION_CHANGED = "question_changed"
    QUESTION_DELETED = "question_deleted"
    PAPER_SAVED = "paper_saved"
    PAPER_DELETED = "paper_deleted"
    SITTING_SAVED = "sitting_saved"
    SITTING_DELETED = "sitting_deleted"
    SEATS_ASSIGNED = "seats_assigned"
    SITTING_PUBLISHED = "sitting_published"
    RELEASE_MADE = "release_made"
    RELEASE_CODE_ISSUED = "release_code_issued"
    UPLOAD_RECEIVED = "upload_received"
    UPLOAD_REFUSED = "upload_refused"
    ESSAY_MARKED = "essay_marked"
    RESULTS_EXPORTED = "results_exported"
    # a school's server
    PACKAGE_SYNCED = "package_synced"
    PACKAGE_REFUSED = "package_refused"
    RELEASE_STORED = "release_stored"
    RELEASE_CODE_ENTERED = "release_code_entered"
    RELEASE_CODE_REFUSED = "release_code_refused"
    PACKAGE_OPENED = "package_opened"
    GROUP_ASSIGNED = "group_assigned"
    SITTING_ACTIVATED = "sitting_activated"
    TOKEN_SHOWN = "token_shown"  # noqa: S105 - the name of an event
    SEAT_CLAIMED = "seat_claimed"
    SEAT_RESET = "seat_reset"
    RESET_REQUEST_REFUSED = "reset_request_refused"
    ATTEMPT_FINISHED = "attempt_finished"
    ATTEMPT_REOPENED = "attempt_reopened"
    CREDIT_GIVEN = "credit_given"
    OUTAGE_MEASURED = "outage_measured"
    CLOCK_SETTLED = "clock_settled"
    SITTING_ENDED = "sitting_ended"
    BUNDLE_MADE = "bundle_made"
    BUNDLE_UPLOADED = "bundle_uploaded"
    RESULTS_TAKEN_OUT = "results_taken_out"
    RECEIPT_STORED = "receipt_stored"
    SHEET_PRINTED = "sheet_printed"
    RESERVE_MADE = "reserve_made"
    RESERVE_GIVEN_UP = "reserve_given_up"
    # a box (the appliance)
    LAB_REPORT_RECEIVED = "lab_report_received"
    BOX_SET_UP = "box_set_up"
    BOX_EXAMINED = "box_examined"
    BOX_SETTINGS_CHANGED = "box_settings_changed"
    BOX_BACKED_UP = "box_backed_up"
    BOX_BACKUP_VERIFIED = "box_backup_verified"
    BOX_BACKUP_RESTORED = "box_backup_restored"
    BOX_RECOVERY_CODE_SHOWN = "box_recovery_code_shown"
    BOX_UPDATED = "box_updated"
    BOX_SUPPORT_MADE = "box_support_made"
    BOX_RESTARTED = "box_restarted"
    BOX_TURNED_OFF = "box_turned_off"
    BOX_CENTRE_TURNED_ON = "box_centre_turned_on"
    BOX_CENTRE_TURNED_OFF = "box_centre_turned_off"
    BOX_KEY_PROPOSED = "box_key_proposed"
    BOX_KEY_ALLOWED = "box_key_allowed"
    BOX_KEY_REMOVED = "box_key_removed"
    BOX_ENTRY_TURNED_ON = "box_entry_turned_on"
    BOX_ENTRY_TURNED_OFF = "box_entry_turned_off"


@dataclass(frozen=True)
class EventDescription:
    """Where an event happens and its sentence (source text to translate)."""

    side: Side
    words: str


_BOTH, _PUSAT, _SEKOLAH = Side.BOTH, Side.PUSAT, Side.SEKOLAH

DESCRIPTIONS: dict[AuditEvent, EventDescription] = {
    event: EventDescription(side, words)
    for event, side, words in (
        (AuditEvent.SERVER_STARTED, _BOTH, N_("Server dinyalakan.")),
        (AuditEvent.STAFF_CREATED, _BOTH, N_("Akun petugas dibuat.")),
        (AuditEvent.STAFF_CHANGED, _BOTH, N_("Akun petugas diubah.")),
        (AuditEvent.STAFF_SIGNED_IN, _BOTH, N_("Petugas masuk.")),
        (AuditEvent.STAFF_SIGNED_OUT, _BOTH, N_("Petugas keluar.")),
        (AuditEvent.SIGN_IN_REFUSED, _BOTH, N_("Upaya masuk petugas ditolak.")),
        (AuditEvent.PASSWORD_CHANGED, _BOTH, N_("Kata sandi petugas diganti.")),
        (AuditEvent.AUDIT_VERIFIED, _BOTH, N_("Rantai log audit diperiksa.")),
        (AuditEvent.SCHOOL_SAVED, _PUSAT, N_("Data sekolah disimpan.")),
        (AuditEvent.SCHOOL_DELETED, _PUSAT, N_("Sekolah dihapus dari daftar.")),
        (AuditEvent.SERVER_ADDED, _PUSAT, N_("Server sekolah didaftarkan.")),
        (AuditEvent.SERVER_CHANGED, _PUSAT, N_("Data server sekolah diubah.")),
        (AuditEvent.SERVER_DELETED, _PUSAT, N_("Server sekolah dihapus dari daftar.")),
        (AuditEvent.ROOM_SAVED, _PUSAT, N_("Data ruang disimpan.")),
        (AuditEvent.ROOM_DELETED, _PUSAT, N_("Ruang dihapus.")),
        (AuditEvent.ACTIVATION_CODE_ISSUED, _PUSAT, N_("Kode aktivasi server diterbitkan.")),
        (AuditEvent.SERVER_ACTIVATED, _BOTH, N_("Server sekolah diaktifkan.")),
        (AuditEvent.PARTICIPANTS_IMPORTED, _PUSAT, N_("Daftar peserta diimpor.")),
        (AuditEvent.PARTICIPANT_CHANGED, _PUSAT, N_("Data peserta diubah.")),
        (AuditEvent.PARTICIPANT_DELETED, _PUSAT, N_("Peserta dihapus dari daftar.")),
        (AuditEvent.BANK_SAVED, _PUSAT, N_("Bank soal disimpan.")),
        (AuditEvent.BANK_DELETED, _PUSAT, N_("Bank soal dihapus.")),
        (AuditEvent.QUESTIONS_IMPORTED, _PUSAT, N_("Berkas soal diimpor.")),
        (AuditEvent.QUESTION_CHANGED, _PUSAT, N_("Soal diubah.")),
        (AuditEvent.QUESTION_DELETED, _PUSAT, N_("Soal dihapus.")),
        (AuditEvent.PAPER_SAVED, _PUSAT, N_("Paket soal disimpan.")),
        (AuditEvent.PAPER_DELETED, _PUSAT, N_("Paket soal dihapus.")),
        (AuditEvent.SITTING_SAVED, _PUSAT, N_("Jadwal ujian disimpan.")),
        (AuditEvent.SITTING_DELETED, _PUSAT, N_("Jadwal ujian dihapus.")),
        (AuditEvent.SEATS_ASSIGNED, _PUSAT, N_("Tempat duduk peserta dalam jadwal diatur.")),
        (AuditEvent.SITTING_PUBLISHED, _PUSAT, N_("Ujian diterbitkan: paket disegel dan ditandatangani.")),
        (AuditEvent.RELEASE_MADE, _PUSAT, N_("Rilis paket diterbitkan.")),
        (AuditEvent.RELEASE_CODE_ISSUED, _PUSAT, N_("Kode rilis luring diterbitkan.")),
        (AuditEvent.UPLOAD_RECEIVED, _PUSAT, N_("Hasil ujian diterima dari sekolah.")),
        (AuditEvent.UPLOAD_REFUSED, _PUSAT, N_("Kiriman hasil ujian ditolak.")),
        (AuditEvent.ESSAY_MARKED, _PUSAT, N_("Uraian dinilai.")),
        (AuditEvent.RESULTS_EXPORTED, _PUSAT, N_("Tabel hasil diekspor.")),
        (AuditEvent.PACKAGE_SYNCED, _SEKOLAH, N_("Paket ujian diunduh dan diperiksa.")),
        (AuditEvent.PACKAGE_REFUSED, _SEKOLAH, N_("Paket ujian ditolak saat diperiksa.")),
        (AuditEvent.RELEASE_STORED, _SEKOLAH, N_("Rilis paket diterima dan disimpan.")),
        (AuditEvent.RELEASE_CODE_ENTERED, _SEKOLAH, N_("Paket dirilis dengan kode rilis luring.")),
        (AuditEvent.RELEASE_CODE_REFUSED, _SEKOLAH, N_("Kode rilis luring ditolak.")),
        (AuditEvent.PACKAGE_OPENED, _SEKOLAH, N_("Paket ujian dibuka.")),
        (AuditEvent.GROUP_ASSIGNED, _SEKOLAH, N_("Kelompok tes diatur.")),
        (AuditEvent.SITTING_ACTIVATED, _SEKOLAH, N_("Tes diaktifkan: peserta dapat masuk.")),
        (AuditEvent.TOKEN_SHOWN, _SEKOLAH, N_("Token ditampilkan.")),
        (AuditEvent.SEAT_CLAIMED, _SEKOLAH, N_("Peserta menempati komputer.")),
        (AuditEvent.SEAT_RESET, _SEKOLAH, N_("Peserta direset agar dapat pindah komputer.")),
        (AuditEvent.RESET_REQUEST_REFUSED, _SEKOLAH, N_("Permintaan reset peserta ditolak.")),
        (AuditEvent.ATTEMPT_FINISHED, _SEKOLAH, N_("Tes peserta selesai.")),
        (AuditEvent.ATTEMPT_REOPENED, _SEKOLAH, N_("Tes peserta dibuka kembali karena tambahan waktu.")),
        (AuditEvent.CREDIT_GIVEN, _SEKOLAH, N_("Tambahan waktu diberikan.")),
        (AuditEvent.OUTAGE_MEASURED, _SEKOLAH, N_("Gangguan server tercatat.")),
        (AuditEvent.CLOCK_SETTLED, _SEKOLAH, N_("Lama gangguan yang tidak pasti ditetapkan proktor.")),
        (AuditEvent.SITTING_ENDED, _SEKOLAH, N_("Ujian diakhiri.")),
        (AuditEvent.BUNDLE_MADE, _SEKOLAH, N_("Berkas hasil ujian dibuat.")),
        (AuditEvent.BUNDLE_UPLOADED, _SEKOLAH, N_("Hasil ujian diunggah.")),
        (AuditEvent.RESULTS_TAKEN_OUT, _SEKOLAH, N_("Berkas hasil ujian disalin untuk dibawa ke pusat.")),
        (AuditEvent.RECEIPT_STORED, _SEKOLAH, N_("Tanda terima hasil ujian disimpan.")),
        (AuditEvent.SHEET_PRINTED, _BOTH, N_("Dokumen dicetak.")),
        (AuditEvent.RESERVE_MADE, _SEKOLAH, N_("Cadangan disk disiapkan.")),
        (AuditEvent.RESERVE_GIVEN_UP, _SEKOLAH, N_("Disk penuh: cadangan disk dipakai agar jawaban tetap tersimpan.")),
        (AuditEvent.LAB_REPORT_RECEIVED, _SEKOLAH, N_("Laporan kesiapan lab diterima.")),
        (AuditEvent.BOX_SET_UP, _SEKOLAH, N_("Mesin diatur untuk pertama kali.")),
        (AuditEvent.BOX_EXAMINED, _SEKOLAH, N_("Mesin diperiksa.")),
        (AuditEvent.BOX_SETTINGS_CHANGED, _SEKOLAH, N_("Pengaturan mesin diubah.")),
        (AuditEvent.BOX_BACKED_UP, _SEKOLAH, N_("Cadangan data dibuat.")),
        (AuditEvent.BOX_BACKUP_VERIFIED, _SEKOLAH, N_("Cadangan data diperiksa.")),
        (AuditEvent.BOX_BACKUP_RESTORED, _SEKOLAH, N_("Data dipulihkan dari cadangan.")),
        (AuditEvent.BOX_RECOVERY_CODE_SHOWN, _SEKOLAH, N_("Kode pemulihan cadangan ditampilkan.")),
        (AuditEvent.BOX_UPDATED, _SEKOLAH, N_("Pembaruan mesin dipasang.")),
        (AuditEvent.BOX_SUPPORT_MADE, _SEKOLAH, N_("Berkas bantuan dibuat.")),
        (AuditEvent.BOX_RESTARTED, _SEKOLAH, N_("Layanan mesin dinyalakan ulang.")),
        (AuditEvent.BOX_TURNED_OFF, _SEKOLAH, N_("Mesin dimatikan atau dinyalakan ulang.")),
        (AuditEvent.BOX_CENTRE_TURNED_ON, _BOTH, N_("Mode mandiri dinyalakan: pusat berjalan di mesin sekolah.")),
        (AuditEvent.BOX_CENTRE_TURNED_OFF, _BOTH, N_("Mode mandiri dimatikan; data pusat tetap disimpan.")),
        (AuditEvent.BOX_KEY_PROPOSED, _SEKOLAH, N_("Kunci SSH diusulkan; belum diizinkan.")),
        (AuditEvent.BOX_KEY_ALLOWED, _SEKOLAH, N_("Kunci SSH diizinkan di layar server.")),
        (AuditEvent.BOX_KEY_REMOVED, _SEKOLAH, N_("Kunci SSH dihapus.")),
        (AuditEvent.BOX_ENTRY_TURNED_ON, _SEKOLAH, N_("Akses SSH dinyalakan di layar server.")),
        (AuditEvent.BOX_ENTRY_TURNED_OFF, _SEKOLAH, N_("Akses SSH dimatikan.")),
    )
}


def describe(event: str) -> str:
    """The sentence of a stored event (source text to translate); one from a newer version is named as it is."""
    try:
        return DESCRIPTIONS[AuditEvent(event)].words
    except ValueError:
        return event
