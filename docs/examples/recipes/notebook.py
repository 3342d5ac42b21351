# %% A cell may use await, since Jupyter runs an event loop. Executed again, this one connects anew.
import os

from models import PATIENT, AsyncVisit

from coodie.aio import close, init_coodie

await init_coodie(os.environ["COODIE_HOSTS"], keyspace="shop", **PATIENT)

# %%
visit = AsyncVisit(page="notebook", worker=os.getpid())
await visit.save()

# %%
await AsyncVisit.find(page="notebook").all()

# %%
await close()
