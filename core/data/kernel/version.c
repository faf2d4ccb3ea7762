/* Says what these loops take and give; `library.py` has the same number. */

int tf_version(void) {
    return 9;
}
