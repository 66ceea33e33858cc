"""The only writers of vendors, stalls and settlement accounts. One call, one unit of work."""

from vendors.stalls.services.accounts import AccountGiven as AccountGiven
from vendors.stalls.services.accounts import propose_account as propose_account
from vendors.stalls.services.approval import approve as approve
from vendors.stalls.services.approval import reissue_code as reissue_code
from vendors.stalls.services.approval import reject as reject
from vendors.stalls.services.life import close as close
from vendors.stalls.services.life import resume as resume
from vendors.stalls.services.life import revoke_code as revoke_code
from vendors.stalls.services.life import suspend as suspend
from vendors.stalls.services.registration import NewStall as NewStall
from vendors.stalls.services.registration import StallChange as StallChange
from vendors.stalls.services.registration import edit as edit
from vendors.stalls.services.registration import register as register
from vendors.stalls.services.sign_in import OneTimeSignIn as OneTimeSignIn
from vendors.stalls.services.sign_in import open_sign_in as open_sign_in
from vendors.stalls.services.sign_in import renew_sign_in as renew_sign_in
