event-parcels-parcel_moved-v1 = A parcel is to be packed, was packed, is on its way, or came to nothing.
