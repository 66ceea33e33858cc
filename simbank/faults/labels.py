"""How the page of faults names each one and says what it does, in a sentence."""

from flask_babel import lazy_gettext as _

from .models import Fault

GROUPS = (
    (
        _("When notices arrive"),
        (Fault.DUPLICATE, Fault.LATE, Fault.OUT_OF_ORDER, Fault.LOST, Fault.ANSWER_IGNORED, Fault.CLOCK_SKEW),
    ),
    (
        _("What notices say"),
        (
            Fault.REFERENCE_ALTERED,
            Fault.REFERENCE_DROPPED,
            Fault.WRONG_ACCOUNT,
            Fault.BAD_CREDIT,
            Fault.REPLAYED,
            Fault.FORGED,
        ),
    ),
    (
        _("The bank and its money"),
        (Fault.REVERSED, Fault.BANK_DOWN, Fault.ERROR_500, Fault.TIME_OUT),
    ),
    (
        _("Statements"),
        (Fault.PARTIAL_STATEMENT, Fault.DOUBLED_LINE),
    ),
)

FAULTS = {
    Fault.DUPLICATE: (
        _("Sent twice"),
        _("A notice arrives twice in a row, with the same number."),
    ),
    Fault.LATE: (
        _("Late by hours"),
        _("A notice sets out only hours after the money moved."),
    ),
    Fault.OUT_OF_ORDER: (
        _("Overtaken"),
        _("A notice waits until a later one has arrived."),
    ),
    Fault.LOST: (
        _("Lost"),
        _("A notice never arrives. The money is on the statement all the same."),
    ),
    Fault.ANSWER_IGNORED: (
        _("Answer not heard"),
        _("The notice was taken, but the bank does not hear the answer and sends it again."),
    ),
    Fault.CLOCK_SKEW: (
        _("Wrong clock"),
        _("The bank's clock is ten minutes fast or slow when it signs a notice. The next try has the right time."),
    ),
    Fault.REFERENCE_ALTERED: (
        _("Reference altered"),
        _("One character of the payment reference is another one in the notice."),
    ),
    Fault.REFERENCE_DROPPED: (
        _("Reference dropped"),
        _("The payment reference is missing in the notice."),
    ),
    Fault.WRONG_ACCOUNT: (
        _("Another account"),
        _("The notice names an account of somebody else, or of nobody."),
    ),
    Fault.BAD_CREDIT: (
        _("One bad among good"),
        _("In a notice of several payments one has no amount, or 0. Minutes later the bank sends the right one."),
    ),
    Fault.REPLAYED: (
        _("Old notice again"),
        _("Somebody sends an old notice once more, with its old signature and time."),
    ),
    Fault.FORGED: (
        _("Forged notice"),
        _("Before the true notice comes one with a large amount and a signature that is not the bank's."),
    ),
    Fault.REVERSED: (
        _("Money taken back"),
        _("After a notice was taken, the bank takes one of its payments back from the stall."),
    ),
    Fault.BANK_DOWN: (
        _("Bank down"),
        _("For a while the bank answers no call of its partner and sends no notice."),
    ),
    Fault.ERROR_500: (
        _("Error, then success"),
        _("A call to the bank fails with error 500. Nothing was done; the next try succeeds."),
    ),
    Fault.TIME_OUT: (
        _("Done, but no answer"),
        _("The bank does what it was asked and keeps the answer back until the caller has given up."),
    ),
    Fault.PARTIAL_STATEMENT: (
        _("Statement cut short"),
        _("The last lines of a statement are missing."),
    ),
    Fault.DOUBLED_LINE: (
        _("Line twice"),
        _("One line of a statement stands there twice."),
    ),
}
