"""The only writers of vendors, stalls and settlement accounts. One call, one unit of work."""

from vendors.registration.services.accounts import AccountGiven as AccountGiven
from vendors.registration.services.accounts import propose_account as propose_account
from vendors.registration.services.approval import approve as approve
from vendors.registration.services.approval import reissue_code as reissue_code
from vendors.registration.services.approval import reject as reject
from vendors.registration.services.life import close as close
from vendors.registration.services.life import resume as resume
from vendors.registration.services.life import revoke_code as revoke_code
from vendors.registration.services.life import suspend as suspend
from vendors.registration.services.registration import NewStall as NewStall
from vendors.registration.services.registration import StallChange as StallChange
from vendors.registration.services.registration import edit as edit
from vendors.registration.services.registration import register as register
from vendors.registration.services.sign_in import OneTimeSignIn as OneTimeSignIn
from vendors.registration.services.sign_in import open_sign_in as open_sign_in
from vendors.registration.services.sign_in import renew_sign_in as renew_sign_in
