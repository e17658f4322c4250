"""Rules of the exam in pure Python: no Flask, no SQL, no wall clock. Time and chance come in as arguments."""
