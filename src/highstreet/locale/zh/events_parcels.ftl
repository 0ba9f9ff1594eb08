event-parcels-parcel_moved-v1 = 包裹待打包、已打包、已寄出或已取消。
